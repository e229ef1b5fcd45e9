//! Older lines of the ledger than sync brings, when somebody looks at them.

use super::Engine;
use crate::api::ApiError;
use crate::domain::{Entry, Known};

/// Fetches what is missing of the ledger down to the line `number`, and keeps it beside what sync brought: always next to what is
/// here, so that there is never a gap that nobody sees. Ends where there is nothing older, or where a new base comes meanwhile,
/// whose lines are counted anew.
pub(crate) async fn fetch_down_to(engine: &Engine, number: i64) -> Result<(), ApiError> {
    let base = engine.read(|reader| Ok(reader.sync_state()?.generation)).await?;
    loop {
        let oldest = engine.read(|reader| reader.oldest_entry_number()).await?;
        let Some(oldest) = oldest.filter(|oldest| *oldest > number.max(1)) else { return Ok(()) };
        let entries = engine.with_access(|access| async move { engine.api.entries(&access, oldest).await }).await?;
        let in_order = entries.iter().zip((1..oldest).rev()).all(|(entry, number)| entry.number == number);
        if !in_order || entries.iter().any(|entry| entry.id.is_none()) {
            tracing::error!("the server breaks the Member API; older lines are not kept");
            return Err(ApiError::NotOurs { status: 200 });
        }
        let kept = engine.write(move |writer| {
            let same = writer.sync_state()?.generation == base;
            for entry in entries.iter().filter(|_| same) {
                let Entry { id: Some(id), .. } = entry else { continue };
                writer.apply(base, &Known::Entry(id.clone(), Some(entry.clone())))?;
            }
            Ok(same && !entries.is_empty())
        });
        if !kept.await? {
            return Ok(());
        }
    }
}
