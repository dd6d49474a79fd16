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
