//! No two modules import each other, straight or through others: whoever reads one file can read
//! what it stands on without coming back to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, UseTree, Visibility};

use crate::support::repository;

/// A module's path below the crate: `["engine", "reach", "tls"]`.
type Module = Vec<String>;

/// What one file says of others.
#[derive(Default)]
struct File {
    /// Names that `use` brings in, and where from, as written.
    names: BTreeMap<String, Vec<String>>,
    /// Modules of which `use` brings in everything.
    globs: Vec<Vec<String>>,
    /// All paths to something of this crate. A `pub use` of a module below is none: it only says
    /// under which name that is known.
    paths: BTreeSet<Vec<String>>,
    inner: Vec<(String, Option<PathBuf>)>,
    /// Whether it stands for its folder: `mod.rs`, or `lib.rs`.
    is_folder: bool,
}

impl File {
    fn parse(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a source file");
        let mut file = Self {
            is_folder: is_folder(path),
            ..Self::default()
        };
        file.visit_file(&syn::parse_file(&text).expect("Rust"));
        file
    }

    fn take(&mut self, tree: &UseTree, mut prefix: Vec<String>, hands_on: bool) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.take(&path.tree, prefix, hands_on);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.take(tree, prefix.clone(), hands_on);
                }
            }
            UseTree::Glob(_) => {
                self.globs.push(prefix.clone());
                self.note(prefix, hands_on);
            }
            UseTree::Name(name) => self.bring_in(&name.ident.to_string(), None, prefix, hands_on),
            UseTree::Rename(name) => {
                let known_as = Some(name.rename.to_string());
                self.bring_in(&name.ident.to_string(), known_as, prefix, hands_on);
            }
        }
    }

    fn bring_in(
        &mut self,
        name: &str,
        known_as: Option<String>,
        mut path: Vec<String>,
        hands_on: bool,
    ) {
        if name != "self" {
            path.push(name.to_owned());
        }
        let last = path.last().cloned().unwrap_or_default();
        self.names.insert(known_as.unwrap_or(last), path.clone());
        self.note(path, hands_on);
    }

    fn note(&mut self, path: Vec<String>, hands_on: bool) {
        let leads_out = matches!(path[0].as_str(), "crate" | "super");
        if leads_out || !hands_on {
            self.paths.insert(path);
        }
    }
}

fn is_folder(path: &Path) -> bool {
    ["lib.rs", "mod.rs"].iter().any(|name| path.ends_with(name))
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        attribute.path().is_ident("cfg") && list.is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

fn path_attribute(attributes: &[Attribute]) -> Option<PathBuf> {
    let attribute = attributes.iter().find(|one| one.path().is_ident("path"))?;
    let value = &attribute.meta.require_name_value().ok()?.value;
    let text = quoted(value)?;
    Some(text.into())
}

fn quoted(value: &syn::Expr) -> Option<String> {
    match value {
        syn::Expr::Lit(literal) => match &literal.lit {
            syn::Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

impl<'ast> Visit<'ast> for File {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if module.content.is_none() {
            let name = module.ident.to_string();
            self.inner.push((name, path_attribute(&module.attrs)));
        } else {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let hands_on = !matches!(item.vis, Visibility::Inherited);
        self.take(&item.tree, Vec::new(), hands_on);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let path = path.segments.iter().map(|one| one.ident.to_string());
            self.paths.insert(path.collect());
        }
        visit::visit_path(self, path);
    }
}

/// The library's modules.
struct Library(BTreeMap<Module, File>);

impl Library {
    fn read() -> Self {
        let mut library = Self(BTreeMap::new());
        library.add(Vec::new(), &repository("src/lib.rs"));
        library
    }

    fn add(&mut self, module: Module, path: &Path) {
        let file = File::parse(path);
        let directory = path.parent().expect("src");
        let below = if file.is_folder {
            directory.to_owned()
        } else {
            path.with_extension("")
        };
        let inner = file.inner.clone();
        self.0.insert(module.clone(), file);
        for (name, elsewhere) in inner {
            let inner = [&module[..], std::slice::from_ref(&name)].concat();
            let file = below.join(format!("{name}.rs"));
            let path = match elsewhere {
                Some(path) => directory.join(path),
                None if file.exists() => file,
                None => below.join(&name).join("mod.rs"),
            };
            self.add(inner, &path);
        }
    }

    /// The module that defines what `path` names, as it is written in `module`; none where that is
    /// not of this crate.
    fn home(&self, module: &Module, path: &[String], depth: usize) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        let (mut at, rest) = match first.as_str() {
            "crate" => (Vec::new(), rest),
            "self" => (module.clone(), rest),
            "super" => {
                let above = module[..module.len().checked_sub(1)?].to_vec();
                return match rest {
                    [] => Some(above),
                    [next, ..] if next == "super" => self.home(&above, rest, depth),
                    _ => self.below(above, rest, depth),
                };
            }
            _ => {
                let inner = [&module[..], std::slice::from_ref(first)].concat();
                let is_known = self.0.contains_key(&inner);
                let brought_in = self.0[module].names.get(first);
                return match brought_in {
                    _ if is_known => self.below(module.clone(), path, depth),
                    Some(from) if from[0] != *first && depth > 0 => {
                        let path = [&from[..], rest].concat();
                        self.home(module, &path, depth - 1)
                    }
                    _ => None,
                };
            }
        };
        at.truncate(at.len());
        self.below(at, rest, depth)
    }

    /// The same for what is below the module `at`.
    fn below(&self, at: Module, path: &[String], depth: usize) -> Option<Module> {
        let Some((first, rest)) = path.split_first() else {
            return Some(at);
        };
        let inner = [&at[..], std::slice::from_ref(first)].concat();
        if self.0.contains_key(&inner) {
            return self.below(inner, rest, depth);
        }
        let file = &self.0[&at];
        // What a folder's `mod.rs` re-exports is found where it is defined. Any other file that
        // re-exports a name is the one that a reader opens for it.
        let hands_on = file.is_folder && depth > 0;
        if let Some(from) = file.names.get(first).filter(|_| hands_on) {
            let path = [&from[..], rest].concat();
            return self.home(&at, &path, depth - 1);
        }
        Some(at)
    }

    /// Of each module those that it imports from, with the paths that it names.
    fn imports(&self) -> BTreeMap<Module, BTreeMap<Module, BTreeSet<String>>> {
        let mut imports = BTreeMap::new();
        for (module, file) in &self.0 {
            let mut from: BTreeMap<Module, BTreeSet<String>> = BTreeMap::new();
            for path in file.paths.iter().chain(&file.globs) {
                if let Some(home) = self.home(module, path, 16).filter(|home| home != module) {
                    from.entry(home).or_default().insert(path.join("::"));
                }
            }
            imports.insert(module.clone(), from);
        }
        imports
    }
}

/// A shortest way from `start` back to itself.
fn circle(
    imports: &BTreeMap<Module, BTreeMap<Module, BTreeSet<String>>>,
    start: &Module,
) -> Option<Vec<Module>> {
    let mut ways = vec![vec![start.clone()]];
    let mut seen = BTreeSet::new();
    while let Some(way) = (!ways.is_empty()).then(|| ways.remove(0)) {
        for next in imports[way.last()?].keys() {
            let longer = [&way[..], std::slice::from_ref(next)].concat();
            if next == start {
                return Some(longer);
            }
            if seen.insert(next.clone()) {
                ways.push(longer);
            }
        }
    }
    None
}

fn told(way: &[Module], imports: &BTreeMap<Module, BTreeMap<Module, BTreeSet<String>>>) -> String {
    let step = |pair: &[Module]| {
        let names: Vec<_> = imports[&pair[0]][&pair[1]].iter().cloned().collect();
        format!(
            "  {} imports {} ({})\n",
            pair[0].join("::"),
            pair[1].join("::"),
            names.join(", ")
        )
    };
    way.windows(2).map(step).collect()
}

#[test]
fn no_module_imports_itself_through_others() {
    let imports = Library::read().imports();
    assert!(imports.len() > 100, "{} modules", imports.len());
    let mut circles = BTreeMap::new();
    for module in imports.keys() {
        if let Some(way) = circle(&imports, module) {
            let members: BTreeSet<Module> = way.iter().cloned().collect();
            circles.entry(members).or_insert(way);
        }
    }
    let told: Vec<String> = circles.values().map(|way| told(way, &imports)).collect();
    assert!(told.is_empty(), "import circles:\n{}", told.join("\n"));
}
