//! The form of a design, and how it is converted to the design that it describes and back.

use crate::server::form::PostedForm;
use crate::words::{Locale, td_string};
use encore::domain::Refusal;
use encore::domain::seating::{Block, Design, Numbering, PlanFault, PlanPlace, RowNames};
use serde::Deserialize;

/// The most blocks that a design may have.
pub const MAX_BLOCKS: usize = 60;

/// The form of a design, exactly as it was typed, so that input that cannot be parsed is not lost.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct DesignForm {
    pub name: String,
    pub stage: String,
    pub stage_width: String,
    pub stage_depth: String,
    pub focal_depth: String,
    /// The design that was stored when the form was opened, as JSON. Empty for a new plan.
    pub seen: String,
    /// The fields of the first block are named `block_0_name` and so on.
    #[serde(skip)]
    pub blocks: Vec<BlockForm>,
}

/// The fields of one block.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct BlockForm {
    pub name: String,
    pub rows: String,
    pub seats: String,
    pub seats_last: String,
    pub row_names: String,
    pub first_row: String,
    pub numbering: String,
    pub first_number: String,
    pub aisles: String,
    pub x: String,
    pub y: String,
    pub angle: String,
    pub curve: String,
    pub bands: String,
    pub kinds: String,
    pub labels: String,
}

impl From<&Block> for BlockForm {
    fn from(block: &Block) -> Self {
        let aisles: Vec<_> = block.aisles.iter().map(ToString::to_string).collect();
        Self {
            name: block.name.clone(),
            rows: block.rows.to_string(),
            seats: block.seats.to_string(),
            seats_last: block.seats_last.to_string(),
            row_names: block.row_names.as_str().into(),
            first_row: block.first_row.clone(),
            numbering: block.numbering.as_str().into(),
            first_number: block.first_number.to_string(),
            aisles: aisles.join(", "),
            x: block.x.to_string(),
            y: block.y.to_string(),
            angle: block.angle.to_string(),
            curve: block.curve.to_string(),
            bands: block.bands.clone(),
            kinds: block.kinds.clone(),
            labels: block.labels.clone(),
        }
    }
}

impl TryFrom<&BlockForm> for Block {
    type Error = Refusal;

    fn try_from(form: &BlockForm) -> Result<Self, Refusal> {
        let name = form.name.trim().to_owned();
        let here = PlanPlace::zone(&name);
        let unclear =
            |given: &str| Refusal::wrong_plan(here.clone().with(PlanFault::Description { given: given.into() }));
        let seats: u32 = measure(&here, &form.seats)?;
        let aisles = form.aisles.split([',', ' ']).filter(|after| !after.trim().is_empty());
        Ok(Self {
            rows: measure(&here, &form.rows)?,
            seats,
            // If the field is empty, the last row has as many seats as the first.
            seats_last: if form.seats_last.trim().is_empty() { seats } else { measure(&here, &form.seats_last)? },
            row_names: RowNames::from_word(&form.row_names).ok_or_else(|| unclear(&form.row_names))?,
            first_row: form.first_row.trim().to_owned(),
            numbering: Numbering::from_word(&form.numbering).ok_or_else(|| unclear(&form.numbering))?,
            first_number: measure(&here, &form.first_number)?,
            aisles: aisles.map(|after| measure(&here, after)).collect::<Result<_, _>>()?,
            x: measure(&here, &form.x)?,
            y: measure(&here, &form.y)?,
            angle: measure(&here, &form.angle)?,
            curve: measure(&here, &form.curve)?,
            bands: form.bands.clone(),
            kinds: form.kinds.clone(),
            labels: form.labels.clone(),
            name,
        })
    }
}

impl DesignForm {
    pub fn of(design: &Design) -> Self {
        Self {
            name: design.name.clone(),
            stage: design.stage.clone(),
            stage_width: design.stage_width.to_string(),
            stage_depth: design.stage_depth.to_string(),
            focal_depth: design.focal_depth.to_string(),
            blocks: design.blocks.iter().map(BlockForm::from).collect(),
            ..Self::default()
        }
        .opened_with(design)
    }

    /// The same form as it would be if it had been opened when `design` was stored.
    pub fn opened_with(self, design: &Design) -> Self {
        Self { seen: serde_json::to_string(design).unwrap_or_default(), ..self }
    }

    /// The form as it is first shown for a new seating plan: a stage and one block.
    pub fn fresh(l: Locale) -> Self {
        let block = Block { name: td_string!(l, plan.first_block).into(), ..Block::default() };
        let fresh = Self::of(&Design {
            name: String::new(),
            stage: td_string!(l, seats.stage).into(),
            stage_width: 16.0,
            stage_depth: 3.0,
            focal_depth: 1.0,
            blocks: vec![block],
        });
        Self { seen: String::new(), ..fresh }
    }

    /// The stored design that this form replaces. `None` if it is of a new plan, or does not say.
    pub fn seen(&self) -> Option<Design> {
        serde_json::from_str(&self.seen).ok()
    }

    /// The design that was sent, with at most [`MAX_BLOCKS`] blocks. `None` if no design was sent.
    pub fn posted(form: &PostedForm) -> Result<Option<Self>, Refusal> {
        let mut blocks = form.parts("block")?;
        blocks.truncate(MAX_BLOCKS);
        Ok((!form.fields.is_empty()).then_some(Self { blocks, ..form.read()? }))
    }

    /// Adds a block behind the last one (further from the stage), with a name that no other block has.
    pub fn add_block(&mut self, l: Locale) {
        let last = self.blocks.last().and_then(|last| Block::try_from(last).ok()).unwrap_or_default();
        let name = self.new_name(l);
        self.blocks.push(BlockForm::from(&Block { name, ..last.behind(3.0) }));
    }

    /// Inserts a copy of a block behind it in the form, and to the right of it in the hall, with a name that no other
    /// block has. A block with a mistake is copied as it was typed.
    pub fn copy_block(&mut self, l: Locale, index: usize) {
        let copied = &self.blocks[index];
        let copy = Block::try_from(copied).map_or_else(|_| copied.clone(), |block| BlockForm::from(&block.beside()));
        let name = self.new_name(l);
        self.blocks.insert(index + 1, BlockForm { name, ..copy });
    }

    /// A name for a block that no block has.
    fn new_name(&self, l: Locale) -> String {
        let name = |number: usize| td_string!(l, plan.block, number = number);
        let is_new = |name: &String| !self.blocks.iter().any(|known| known.name == *name);
        (self.blocks.len() + 1..).map(name).find(is_new).unwrap_or_default()
    }
}

impl BlockForm {
    /// Whether the block by itself has a mistake.
    pub fn is_wrong(&self) -> bool {
        !Block::try_from(self).is_ok_and(|block| block.check().is_ok())
    }
}

impl TryFrom<&DesignForm> for Design {
    type Error = Refusal;

    fn try_from(form: &DesignForm) -> Result<Self, Refusal> {
        let whole = |text: &str| measure(&PlanPlace::WHOLE, text);
        Ok(Self {
            name: form.name.trim().to_owned(),
            stage: form.stage.trim().to_owned(),
            stage_width: whole(&form.stage_width)?,
            stage_depth: whole(&form.stage_depth)?,
            focal_depth: whole(&form.focal_depth)?,
            blocks: form.blocks.iter().map(Block::try_from).collect::<Result<_, _>>()?,
        })
    }
}

/// The names of the parts of a hall in which two designs of it differ: its blocks, and the hall itself with its stage.
pub fn differences(l: Locale, one: &Design, other: &Design) -> Vec<String> {
    let hall = |design: &Design| Design { blocks: vec![], ..design.clone() };
    let is_other_hall = hall(one) != hall(other);
    let mut names: Vec<String> =
        is_other_hall.then(|| td_string!(l, plan.hall_itself).to_owned()).into_iter().collect();
    for block in one.blocks.iter().chain(&other.blocks) {
        let is_same = one.blocks.contains(block) && other.blocks.contains(block);
        if !is_same && !names.contains(&block.name) {
            names.push(block.name.clone());
        }
    }
    names
}

/// Parses a number that was typed. An empty field is zero. `place` is the part of the plan that a refusal names.
fn measure<T: std::str::FromStr + Default>(place: &PlanPlace, text: &str) -> Result<T, Refusal> {
    match text.trim() {
        "" => Ok(T::default()),
        text => {
            text.parse().map_err(|_| Refusal::wrong_plan(place.clone().with(PlanFault::Measure { given: text.into() })))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_knows_the_design_that_it_was_opened_with_and_what_has_changed_since() {
        let block = |name: &str, rows| Block { name: name.into(), rows, x: 0.1, ..Block::default() };
        let design = |stage: &str, blocks| Design {
            name: "Hall".into(),
            stage: stage.into(),
            stage_width: 16.0,
            stage_depth: 3.0,
            focal_depth: 1.0,
            blocks,
        };
        let opened = design("Stage", vec![block("Stalls", 10), block("Balcony", 4), block("Boxes", 1)]);
        assert_eq!(DesignForm::of(&opened).seen(), Some(opened.clone()));
        assert_eq!(DesignForm::fresh(Locale::en).seen(), None);
        let now = design("Altar", vec![block("Stalls", 10), block("Balcony", 5), block("Gallery", 1)]);
        let names = differences(Locale::en, &opened, &now);
        assert_eq!(names, ["the hall and its stage", "Balcony", "Boxes", "Gallery"]);
        assert!(differences(Locale::en, &now, &now).is_empty());
    }
}
