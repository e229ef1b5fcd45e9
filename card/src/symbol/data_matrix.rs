//! Data Matrix ECC 200 (ISO/IEC 16022), by the crate `datamatrix`. Knows nothing of how a symbol is drawn.

use datamatrix::{DataMatrix, SymbolList};

use super::{MOST_IN_TWO_DIMENSIONS, SymbolError, check_length};

/// Width and modules of the smallest square that holds the content: rectangles are shorter, and fewer scanners read them.
pub(super) fn encode(content: &str) -> Result<(usize, Vec<bool>), SymbolError> {
    check_length(content)?;
    let squares = SymbolList::default().enforce_square();
    // Cannot fail below our own limit; if it did, the content would be what is too long.
    let code = DataMatrix::encode(content.as_bytes(), squares)
        .map_err(|_| SymbolError::TooLong { length: content.len(), maximum: MOST_IN_TWO_DIMENSIONS })?;
    let bitmap = code.bitmap();
    Ok((bitmap.width(), bitmap.bits().to_vec()))
}
