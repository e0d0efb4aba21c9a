//! Requests whose method and path say which operation they are.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::iam::module::{Module, Route, Row};
use crate::iam::operation::Operation;
use crate::iam::refusal::Refusal;
use crate::iam::request::{Request, segments};

/// How well an operation fits: letters of the path first, then what the query and the headers have.
type Fit = (usize, usize);

/// The operations that fit best. A slash that is encoded is of a name, as in an ARN; a server that
/// decodes the path first sees a separator. Where that makes another operation, it is neither.
pub(super) fn find(
    request: &Request<'_>,
    modules: &[&'static Module],
) -> Result<Vec<Operation>, Refusal> {
    let path: Vec<Cow<'_, str>> = request
        .segments()
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy())
        .collect();
    let found = find_by(request, &path, modules)?;
    if path.iter().any(|segment| segment.contains('/')) {
        let joined = format!("/{}", path.join("/"));
        let path: Vec<_> = segments(&joined).map(Cow::from).collect();
        let otherwise = find_by(request, &path, modules)?;
        if !otherwise.is_empty() && otherwise != found {
            return Err(Refusal::EncodedSlash);
        }
    }
    Ok(found)
}

/// The operations that fit a path best.
fn find_by(
    request: &Request<'_>,
    path: &[Cow<'_, str>],
    modules: &[&'static Module],
) -> Result<Vec<Operation>, Refusal> {
    let mut best = (0, 0);
    let mut found = Vec::new();
    for module in modules {
        let Some(protocol) = module.rest() else {
            continue;
        };
        for row in module.rows() {
            let Some(fit) = fit(request, path, row)? else {
                continue;
            };
            if fit > best {
                best = fit;
                found.clear();
            }
            if fit == best {
                found.push(Operation {
                    module,
                    protocol,
                    row,
                });
            }
        }
    }
    Ok(found)
}

fn fit(
    request: &Request<'_>,
    path: &[Cow<'_, str>],
    row: &'static Row,
) -> Result<Option<Fit>, Refusal> {
    let Some(route) = &row.route else {
        return Ok(None);
    };
    if route.method != request.method {
        return Ok(None);
    }
    let Some(letters) = literal_letters(route, path) else {
        return Ok(None);
    };
    // The root has none, and fits as well as can be.
    let letters = letters + 1;
    let Some(constants) = constants(request, route)? else {
        return Ok(None);
    };
    let mut score = 3 * constants;
    for name in row.required_query() {
        if !request.query.iter().any(|(found, _)| found == name) {
            return Ok(None);
        }
        score += 2;
    }
    for name in row.required_headers() {
        if !request.has_header(name) {
            return Ok(None);
        }
        score += 1;
    }
    Ok(Some((letters, score)))
}

/// How many letters of the path are the operation's own; none where the path is another.
fn literal_letters(route: &Route, path: &[Cow<'_, str>]) -> Option<usize> {
    let mut letters = 0;
    let mut here = path.iter();
    let mut wanted = segments(route.path);
    while let Some(part) = wanted.next() {
        let segment = here.next()?;
        match part {
            "{}" if !segment.is_empty() => {}
            "{+}" => return greedy(letters, here.as_slice(), wanted),
            literal if literal == segment => letters += literal.len(),
            _ => return None,
        }
    }
    here.next().is_none().then_some(letters)
}

/// What follows a label that takes slashes is at the end of the path.
fn greedy<'r>(
    letters: usize,
    rest: &[Cow<'_, str>],
    wanted: impl Iterator<Item = &'r str>,
) -> Option<usize> {
    let wanted: Vec<_> = wanted.collect();
    let tail = &rest[rest.len().checked_sub(wanted.len())?..];
    let mut letters = letters;
    for (part, segment) in wanted.iter().zip(tail) {
        match *part {
            "{}" => {}
            literal if literal == segment => letters += literal.len(),
            _ => return None,
        }
    }
    Some(letters)
}

/// How many fixed parts of the query there are; none where the request has not all of them.
fn constants(request: &Request<'_>, route: &Route) -> Result<Option<usize>, Refusal> {
    let mut count = 0;
    for constant in route.query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = constant.split_once('=').unwrap_or((constant, ""));
        match request.once(name).transpose()? {
            Some(found) if value.is_empty() || found == value => count += 1,
            _ => return Ok(None),
        }
    }
    Ok(Some(count))
}

#[cfg(test)]
mod tests {
    use crate::iam::refusal::Refusal;
    use crate::iam::sample::signed;

    fn found(service: &'static str, method: &'static str, target: &str) -> String {
        signed(service, method, target).found()
    }

    #[test]
    fn a_slash_that_is_encoded_is_of_a_name_and_never_makes_another_operation() {
        let version = "/2015-03-31/functions";
        let refused = Refusal::EncodedSlash.to_string();
        for (method, path) in [
            ("GET", "/f%2fpolicy"),
            ("GET", "/f%2Fpolicy"),
            ("GET", "/f%2fpolicy/"),
            ("GET", "%2ff"),
            ("POST", "/f%2finvocations"),
        ] {
            assert_eq!(
                found("lambda", method, &format!("{version}{path}")),
                refused,
                "{path}"
            );
        }
        let arn = "arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Frestapis%2Fabc";
        assert_eq!(
            found("apigateway", "GET", &format!("/tags/{arn}")),
            "apigateway.GetTags"
        );
        let model =
            "arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Feu.amazon.nova-v1%3A0";
        assert_eq!(
            found("bedrock", "POST", &format!("/model/{model}/invoke")),
            "bedrock-runtime.InvokeModel"
        );
        let cluster = "arn%3Aaws%3Akafka%3Aeu-west-1%3A1%3Acluster%2Fname%2Fuuid";
        assert_eq!(
            found("kafka", "GET", &format!("/v1/clusters/{cluster}/nodes")),
            "kafka.ListNodes"
        );
    }

    #[test]
    fn the_path_with_the_most_letters_of_its_own_wins() {
        let version = "/2015-03-31/functions";
        assert_eq!(
            found("lambda", "GET", &format!("{version}/")),
            "lambda.ListFunctions"
        );
        assert_eq!(
            found("lambda", "GET", &format!("{version}/f")),
            "lambda.GetFunction"
        );
        assert_eq!(
            found("lambda", "GET", &format!("{version}/f/policy")),
            "lambda.GetPolicy"
        );
        assert_eq!(
            found("lambda", "POST", &format!("{version}/f/invocations")),
            "lambda.Invoke"
        );
    }

    #[test]
    fn a_label_is_one_segment_even_if_slashes_and_colons_are_encoded_in_it() {
        let arn = "arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af";
        let target = format!("/2015-03-31/functions/{arn}/policy");
        assert_eq!(found("lambda", "GET", &target), "lambda.GetPolicy");
        assert_eq!(
            found("iotdata", "POST", "/topics/a%2Fb%2Fc?qos=1"),
            "iot-data.Publish"
        );
        assert_eq!(found("iotdata", "POST", "/topics/a/b"), "?");
    }

    #[test]
    fn the_letters_of_a_path_may_be_encoded() {
        assert_eq!(
            found("lambda", "GET", "/2015-03-31/%66unctions/f/%70olicy"),
            "lambda.GetPolicy"
        );
    }

    #[test]
    fn a_label_that_takes_slashes_may_have_something_behind_it() {
        let found = |method, target| signed("mediastore", method, target).found();
        assert_eq!(found("PUT", "/a/b/c"), "mediastore-data.PutObject");
        assert_eq!(
            signed("s3", "GET", "/v20180820/tags/arn:aws:s3:us-east-1:1:a/b")
                .header("x-amz-account-id", "123456789012")
                .found(),
            "s3control.ListTagsForResource"
        );
    }

    #[test]
    fn a_fixed_part_of_the_query_outweighs_none() {
        let distribution = "/2020-05-31/distribution";
        assert_eq!(
            found("cloudfront", "POST", &format!("{distribution}?WithTags")),
            "cloudfront.CreateDistributionWithTags"
        );
        assert_eq!(
            found("cloudfront", "POST", distribution),
            "cloudfront.CreateDistribution"
        );
    }

    #[test]
    fn a_fixed_part_of_the_query_decides_and_must_have_its_value() {
        let layer = "/2018-10-31/layers";
        let arn = "arn%3Aaws%3Alambda";
        assert_eq!(
            found(
                "lambda",
                "GET",
                &format!("{layer}?find=LayerVersion&Arn={arn}")
            ),
            "lambda.GetLayerVersionByArn"
        );
        assert_eq!(
            found("lambda", "GET", &format!("{layer}?find=Other&Arn={arn}")),
            "lambda.ListLayers"
        );
        let twice = found(
            "lambda",
            "GET",
            &format!("{layer}?find=LayerVersion&find=x&Arn={arn}"),
        );
        assert_eq!(twice, "the parameter find came more than once");
    }
}
