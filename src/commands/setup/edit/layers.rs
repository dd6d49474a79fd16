//! Entries that were put into a text one after the other, of which one goes that is not the last. What it changed around
//! itself those behind it stand on: the end that it gave to the last line, the `null` in whose place a list began. That
//! goes over to the one behind it, so that the text is as it was before all of them whichever goes last.

use std::mem;

use super::{Bad, Editor, Entry, Format, Splice, splice};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// What was put in.
    pub entry: Entry,
    /// How.
    pub splice: Splice,
}

impl Editor<'_> {
    /// The text without one of several entries, given in the order in which they came; the splices of those behind it are
    /// set to what takes them out from now on. `None` where it cannot be had without touching others.
    ///
    /// # Errors
    /// [`Bad`]
    pub fn take_out_of(
        self,
        format: Format,
        text: &str,
        layers: &mut [Layer],
        at: usize,
    ) -> Result<Option<String>, Bad> {
        let Some(Layer { entry, splice: own }) = layers.get(at).cloned() else { return Ok(None) };
        let alone = self.take_out(format, text, &entry, &own)?;
        if alone.is_none() {
            return Ok(None);
        }
        // Back to when it was the last, with each text on the way. What cannot be taken out is a person's by now.
        let mut now = text.to_owned();
        let mut way = Vec::new();
        for (index, layer) in layers.iter().enumerate().skip(at + 1).rev() {
            if let Some(before) = self.take_out(format, &now, &layer.entry, &layer.splice)? {
                way.push((index, mem::replace(&mut now, before)));
            }
        }
        let Some(mut without) = self.take_out(format, &now, &entry, &own)? else { return Ok(alone) };
        let mut own = splice(&without, &now);
        // And forward again, without it.
        let mut moved = Vec::new();
        for (index, with) in way.into_iter().rev() {
            let Some(layer) = layers.get(index) else { continue };
            let Some(next) = self.take_out(format, &with, &entry, &own)? else { return Ok(alone) };
            let new = splice(&without, &next);
            let is_right = |splice: &Splice| {
                self.take_out(format, &next, &layer.entry, splice).is_ok_and(|text| text.as_deref() == Some(&without))
            };
            if !is_right(&layer.splice) && new.may_be_kept() && is_right(&new) {
                moved.push((index, new));
            }
            own = splice(&next, &with);
            without = next;
        }
        for (index, new) in moved {
            if let Some(layer) = layers.get_mut(index) {
                layer.splice = new;
            }
        }
        Ok(Some(without))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{entry, environment};
    use super::super::{kube_context, kube_user};
    use super::*;

    /// Puts them in and takes them out in this order.
    #[track_caller]
    fn out_of(format: Format, before: &str, added: &[Entry], order: &[usize]) -> String {
        let environment = environment();
        let editor = Editor { environment: &environment };
        let mut text = before.to_owned();
        let mut layers = Vec::new();
        for entry in added {
            let (after, splice) = editor.add(format, &text, entry).unwrap();
            text = after;
            layers.push(Layer { entry: entry.clone(), splice });
        }
        for at in order {
            text = editor.take_out_of(format, &text, &mut layers, *at).unwrap().unwrap();
        }
        text
    }

    #[test]
    fn what_one_entry_changed_around_it_goes_over_to_those_behind_it() {
        let user = |name: &str| entry(&["users", name], &kube_user(name, "/tok", &[]));
        let context = |name: &str| entry(&["contexts", name], &kube_context(name, "c", "a"));
        let helper = |host: &str| entry(&[&format!("credential.https://{host}.helper")], "tok");
        let all = [
            (
                Format::Kube,
                "users: null\ncontexts: ~\nkind: Config",
                vec![user("a"), context("a"), user("b"), context("b")],
            ),
            (Format::Kube, "kind: Config", vec![user("a"), user("b"), user("c"), context("c")]),
            (Format::Git, "[a]\n\tb = c", vec![helper("a"), helper("b"), helper("c"), helper("d")]),
            (Format::Env, "A=b\r\nC=d", ["E", "F", "G", "H"].map(|name| entry(&[name], "x")).to_vec()),
            (Format::Json, "{ \n}", ["e", "f", "g", "h"].map(|name| entry(&[name], "1")).to_vec()),
        ];
        for (format, before, added) in all {
            for order in [[0, 1, 2, 3], [1, 0, 3, 2], [0, 2, 1, 3], [2, 0, 3, 1], [1, 2, 3, 0], [3, 2, 1, 0]] {
                assert_eq!(out_of(format, before, &added, &order), before, "{format:?} {order:?}");
            }
        }
    }

    #[test]
    fn what_a_person_changed_goes_over_to_nobody() {
        let environment = environment();
        let editor = Editor { environment: &environment };
        let [first, second] = ["A", "B"].map(|name| entry(&[name], "x"));
        let (text, splice) = editor.add(Format::Env, "Z=0", &first).unwrap();
        let (text, other) = editor.add(Format::Env, &text.replace("A=x", "A=x\nS=3cret"), &second).unwrap();
        let mut layers = [(first, splice), (second, other)].map(|(entry, splice)| Layer { entry, splice });
        let text = editor.take_out_of(Format::Env, &text, &mut layers, 0).unwrap().unwrap();
        assert_eq!((text.as_str(), layers[1].splice.wrote.as_str()), ("Z=0\nS=3cret\nB=x\n", "B=x\n"));
        // What is another by now is a person's.
        let changed = text.replace("B=x", "B=y");
        assert_eq!(editor.take_out_of(Format::Env, &changed, &mut layers, 1), Ok(None));
    }
}
