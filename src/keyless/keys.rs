//! The sets that the container holds, and the real set behind each of them.
//!
//! One is made at the start of the run. Others are made where AWS answers with a set, as to
//! AssumeRole: the container gets a new one in its place, and the real one stays here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::live::renewal::current::{CurrentSet, Ended};

/// As many sets of answers are kept. S3 Express makes one for each bucket every five minutes.
const MOST: usize = 1024;

/// A set that looks like one of AWS's and opens only this run's proxy, while credrun runs.
#[derive(Debug, Clone)]
pub(crate) struct IssuedSet {
    /// In the form of a temporary access key ID, because some tools check it.
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: SecretString,
    /// Without one, tools take a set for long-lived keys, and ask AWS for a session.
    pub(crate) session_token: SecretString,
}

impl IssuedSet {
    /// A set of random letters and digits.
    ///
    /// # Errors
    /// The operating system has no randomness.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let id = random_text::<ID_LENGTH>(ID_LETTERS)?;
        Ok(Self {
            access_key_id: format!("{ID_START}{}", *id),
            secret_access_key: secret(random_text::<SECRET_LENGTH>(LETTERS)?),
            session_token: secret(random_text::<TOKEN_LENGTH>(LETTERS)?),
        })
    }

    /// A set that a container has kept, if it has the form of one of credrun's.
    pub(crate) fn kept(
        access_key_id: &str,
        secret_access_key: &str,
        session_token: &str,
    ) -> Option<Self> {
        let is = |text: &str, length: usize, letters: &[u8]| {
            text.len() == length && text.bytes().all(|byte| letters.contains(&byte))
        };
        let id = access_key_id.strip_prefix(ID_START)?;
        let is_own = is(id, ID_LENGTH, ID_LETTERS)
            && is(secret_access_key, SECRET_LENGTH, LETTERS)
            && is(session_token, TOKEN_LENGTH, LETTERS);
        is_own.then(|| Self {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: SecretString::from(secret_access_key),
            session_token: SecretString::from(session_token),
        })
    }
}

/// As AWS's temporary access key IDs begin.
const ID_START: &str = "ASIA";
const ID_LENGTH: usize = 16;
const ID_LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_LENGTH: usize = 40;
/// AWS's are much longer.
const TOKEN_LENGTH: usize = 32;
/// 64 characters that need no encoding anywhere.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Each character has as many bits as the alphabet, whose length is a power of two.
fn random_text<const LENGTH: usize>(
    alphabet: &[u8],
) -> Result<Zeroizing<String>, getrandom::Error> {
    let mut bytes = Zeroizing::new([0_u8; LENGTH]);
    getrandom::fill(bytes.as_mut())?;
    let letters = bytes.iter();
    let letters = letters.map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()]));
    Ok(Zeroizing::new(letters.collect()))
}

fn secret(text: Zeroizing<String>) -> SecretString {
    SecretString::from(text.as_str())
}

/// What calls with an issued set are signed with.
#[derive(Clone)]
enum Behind {
    /// The run's own set, which renews.
    Run(CurrentSet),
    /// A set that AWS answered with. It ends when it ends.
    Answer(Arc<Credentials>),
}

/// An issued set with the real one behind it.
pub(crate) struct Key {
    pub(crate) issued: IssuedSet,
    behind: Behind,
}

impl Key {
    /// The real set.
    ///
    /// # Errors
    /// The run's own has expired, and no other could be fetched.
    pub(crate) async fn real(&self) -> Result<Arc<Credentials>, Ended> {
        match &self.behind {
            Behind::Run(current) => current.get().await,
            Behind::Answer(set) => Ok(Arc::clone(set)),
        }
    }

    /// AWS's time at local time `now`, as far as the source of the run's set has told it.
    pub(crate) fn now(&self, now: SystemTime) -> SystemTime {
        match &self.behind {
            Behind::Run(current) => current.now(),
            Behind::Answer(_) => now,
        }
    }

    /// AWS called `refused` expired. Another set is fetched, without waiting for it.
    pub(crate) fn refused(&self, refused: &Credentials) {
        if let Behind::Run(current) = &self.behind {
            current.refuse(refused);
        }
    }

    /// Whether the real set is the run's own. Another may be of another account.
    pub(crate) fn is_of_the_run(&self) -> bool {
        matches!(self.behind, Behind::Run(_))
    }

    /// The set that replaces `refused`, which AWS calls expired, if there is one in time. A set that
    /// AWS answered with has none.
    pub(crate) async fn replaced(
        &self,
        refused: &Credentials,
        patience: Duration,
    ) -> Option<Arc<Credentials>> {
        match &self.behind {
            Behind::Run(current) => current.replaced(refused, patience).await,
            Behind::Answer(_) => None,
        }
    }

    fn expiration(&self) -> Option<SystemTime> {
        match &self.behind {
            Behind::Run(_) => None,
            Behind::Answer(set) => set.expiration,
        }
    }
}

/// All issued sets of a run, by access key ID.
pub(crate) struct Keys {
    run: Arc<Key>,
    of_answers: Mutex<HashMap<String, Arc<Key>>>,
}

impl Keys {
    /// `issued` is what the container has in its environment, `current` the run's own set.
    pub(crate) fn new(issued: IssuedSet, current: CurrentSet) -> Self {
        let behind = Behind::Run(current);
        Self {
            run: Arc::new(Key { issued, behind }),
            of_answers: Mutex::default(),
        }
    }

    /// The key that the container has in its environment.
    pub(crate) fn of_the_run(&self) -> Arc<Key> {
        Arc::clone(&self.run)
    }

    /// The key with this access key ID.
    pub(crate) fn find(&self, access_key_id: &str) -> Option<Arc<Key>> {
        if self.run.issued.access_key_id == access_key_id {
            return Some(Arc::clone(&self.run));
        }
        self.lock().get(access_key_id).cloned()
    }

    /// Keeps `real` and returns what the container gets in its place.
    ///
    /// # Errors
    /// The operating system has no randomness.
    pub(crate) fn issue(&self, real: Credentials) -> Result<IssuedSet, getrandom::Error> {
        let issued = IssuedSet::random()?;
        let key = Key {
            issued: issued.clone(),
            behind: Behind::Answer(Arc::new(real)),
        };
        let mut keys = self.lock();
        make_room(&mut keys, SystemTime::now());
        keys.insert(issued.access_key_id.clone(), Arc::new(key));
        Ok(issued)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Key>>> {
        self.of_answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets what has expired, and where that is not enough, what expires first.
fn make_room(keys: &mut HashMap<String, Arc<Key>>, now: SystemTime) {
    if keys.len() < MOST {
        return;
    }
    keys.retain(|_, key| key.expiration().is_none_or(|end| end > now));
    if keys.len() < MOST {
        return;
    }
    let first = keys
        .iter()
        .min_by_key(|(_, key)| key.expiration().unwrap_or(SystemTime::UNIX_EPOCH));
    if let Some(id) = first.map(|(id, _)| id.clone()) {
        keys.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::CredentialValues;

    fn real(name: &str, seconds: u64) -> Credentials {
        Credentials::new(CredentialValues {
            access_key_id: name.to_owned(),
            secret_access_key: SecretString::from("real"),
            session_token: None,
            expiration: Some(SystemTime::now() + Duration::from_secs(seconds)),
            account_id: None,
        })
        .expect("a set")
    }

    fn key(real: Credentials) -> Arc<Key> {
        let issued = IssuedSet::random().expect("randomness");
        let behind = Behind::Answer(Arc::new(real));
        Arc::new(Key { issued, behind })
    }

    #[test]
    fn an_issued_set_looks_like_a_temporary_one_and_is_new_each_time() {
        let one = IssuedSet::random().expect("randomness");
        let another = IssuedSet::random().expect("randomness");
        assert_eq!(one.access_key_id.len(), 20);
        assert!(one.access_key_id.starts_with("ASIA"));
        assert_ne!(one.access_key_id, another.access_key_id);
    }

    #[test]
    fn a_kept_set_is_taken_again_and_one_of_aws_is_not() {
        use secrecy::ExposeSecret as _;

        let made = IssuedSet::random().expect("randomness");
        let (secret, token) = (
            made.secret_access_key.expose_secret(),
            made.session_token.expose_secret(),
        );
        let kept = IssuedSet::kept(&made.access_key_id, secret, token).expect("its form");
        assert_eq!(kept.secret_access_key.expose_secret(), secret);
        assert_eq!(kept.session_token.expose_secret(), token);
        let of_aws = token.repeat(10);
        for (id, secret, token) in [
            ("AKIAIOSFODNN7EXAMPLE", secret, token),
            (&made.access_key_id[..19], secret, token),
            (&made.access_key_id, "short", token),
            (&made.access_key_id, secret, &of_aws),
            (&made.access_key_id, secret, ""),
        ] {
            assert!(IssuedSet::kept(id, secret, token).is_none());
        }
    }

    #[test]
    fn room_is_made_by_what_expires_first() {
        let mut keys: HashMap<_, _> = (0..MOST)
            .map(|number| (number.to_string(), key(real("A", 100 + number as u64))))
            .collect();
        make_room(&mut keys, SystemTime::now());
        assert_eq!(keys.len(), MOST - 1);
        assert!(!keys.contains_key("0"));
        keys.insert("old".to_owned(), key(real("A", 1)));
        make_room(&mut keys, SystemTime::now() + Duration::from_secs(90));
        assert!(!keys.contains_key("old"));
    }
}
