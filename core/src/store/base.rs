//! The base: what the server last said, by generation. Only `sync` writes it.

use jiff::Timestamp;
use member_card::DeviceNumber;
use rusqlite::{Connection, OptionalExtension as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Reader, StoreError, Writer, instant, parse_stored, to_stored};
use crate::domain::{
    Account, ActionKey, Anchor, CardState, Channel, CodeTaken, Cost, Cursor, Entry, EntryReason, Known, Member,
    Outcome, Programme, Reward, RewardId, Standing, Tier, TierId, UnitId, Voucher, VoucherId, millis,
};

const PROGRAMME: &str = "programme";
const MEMBER: &str = "member";
const ACCOUNT: &str = "account";
const TIER: &str = "tier";
const STANDING: &str = "standing";
const REWARD: &str = "reward";
const VOUCHER: &str = "voucher";
const CARD: &str = "card";
const CODE: &str = "code";

/// Conditions that divide a table of the base, so that a page that cannot be read hides as little as possible.
pub(super) fn parts(table: &str) -> Vec<String> {
    let kinds = [PROGRAMME, MEMBER, ACCOUNT, TIER, STANDING, REWARD, VOUCHER, CARD, CODE];
    let of_the_shown = "generation = (SELECT generation FROM sync_state)";
    match table {
        "document" => kinds.iter().map(|kind| format!("{of_the_shown} AND kind = '{kind}'")).collect(),
        "entry" | "outcome" => vec![of_the_shown.to_owned()],
        _ => Vec::new(),
    }
}

/// What was saved of a base is shown as it is, and the next pull builds a new one beside it.
pub(super) fn show_until_rebuilt(connection: &Connection) -> Result<(), StoreError> {
    // Where the row itself was lost, the oldest base is the one that was shown.
    connection.execute_batch(
        "UPDATE sync_state SET cursor = NULL, building = NULL, build_cursor = NULL;
         UPDATE sync_state SET generation = (SELECT min(generation) FROM document)
             WHERE NOT EXISTS (SELECT 1 FROM document WHERE document.generation = sync_state.generation)
               AND EXISTS (SELECT 1 FROM document);
         DELETE FROM document WHERE generation != (SELECT generation FROM sync_state);
         DELETE FROM entry WHERE generation != (SELECT generation FROM sync_state);
         DELETE FROM outcome WHERE generation != (SELECT generation FROM sync_state);",
    )?;
    Ok(())
}

/// Where sync stands.
#[derive(Debug, Clone)]
pub struct SyncState {
    /// The base that is shown.
    pub generation: i64,
    /// Where it goes on; `None` where nothing has come yet.
    pub cursor: Option<Cursor>,
    /// The base that is being built beside it, and where that goes on.
    pub building: Option<(i64, Option<Cursor>)>,
    /// Server time of the last contact that was noted.
    pub last_contact: Option<Timestamp>,
    /// What server time is counted from.
    pub anchor: Option<Anchor>,
}

/// Which ledger lines.
#[derive(Debug, Clone, Copy)]
pub struct Entries {
    /// Only lines with a number below this one.
    pub before: Option<i64>,
    /// At most so many, newest first.
    pub limit: u32,
}

impl Reader<'_> {
    /// Where sync stands.
    pub fn sync_state(&self) -> Result<SyncState, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT generation, cursor, building, build_cursor, last_contact, anchor FROM sync_state",
        )?;
        let mut rows = statement.query([])?;
        let row = rows.next()?.ok_or(StoreError::Malformed("sync state"))?;
        let cursor = |column| Ok::<_, StoreError>(row.get::<_, Option<String>>(column)?.map(Cursor::new));
        let building: Option<i64> = row.get(2)?;
        Ok(SyncState {
            generation: row.get(0)?,
            cursor: cursor(1)?,
            building: match building {
                Some(generation) => Some((generation, cursor(3)?)),
                None => None,
            },
            last_contact: row.get::<_, Option<i64>>(4)?.map(instant).transpose()?,
            anchor: row.get::<_, Option<String>>(5)?.map(|json| parse_stored(&json, "clock anchor")).transpose()?,
        })
    }

    /// Each word of the server that was kept on when to come again, as instants of the wall clock in milliseconds since 1970. May
    /// have passed, and may have been made under another clock.
    pub fn retry_floors(&self) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT retry_floor FROM sync_state WHERE retry_floor > 0
             UNION SELECT retry_floor FROM outbox WHERE state IN ('queued', 'sending', 'outcome_unknown') AND retry_floor > 0",
        )?;
        let floors = statement.query_map([], |row| row.get(0))?;
        Ok(floors.collect::<Result<_, _>>()?)
    }

    fn generation(&self) -> Result<i64, StoreError> {
        let mut statement = self.transaction.prepare_cached("SELECT generation FROM sync_state")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    fn documents<I, T>(&self, kind: &'static str) -> Result<Vec<(I, T)>, StoreError>
    where
        I: TryFrom<String>,
        T: DeserializeOwned,
    {
        let generation = self.generation()?;
        let mut statement = self
            .transaction
            .prepare_cached("SELECT id, value FROM document WHERE generation = ?1 AND kind = ?2 ORDER BY id")?;
        let mut rows = statement.query((generation, kind))?;
        let mut documents = Vec::new();
        while let Some(row) = rows.next()? {
            let id = I::try_from(row.get(0)?).map_err(|_| StoreError::Malformed(kind))?;
            documents.push((id, parse_stored(&row.get::<_, String>(1)?, kind)?));
        }
        Ok(documents)
    }

    fn document<T: DeserializeOwned>(&self, kind: &'static str, id: &str) -> Result<Option<T>, StoreError> {
        let generation = self.generation()?;
        let mut statement = self
            .transaction
            .prepare_cached("SELECT value FROM document WHERE generation = ?1 AND kind = ?2 AND id = ?3")?;
        let json: Option<String> = statement.query_row((generation, kind, id), |row| row.get(0)).optional()?;
        json.map(|json| parse_stored(&json, kind)).transpose()
    }

    /// The programme, once it has come.
    pub fn programme(&self) -> Result<Option<Programme>, StoreError> {
        Ok(self.documents::<String, _>(PROGRAMME)?.into_iter().next().map(|(_, programme)| programme))
    }

    /// The member, once it has come.
    pub fn member(&self) -> Result<Option<Member>, StoreError> {
        Ok(self.documents::<String, _>(MEMBER)?.into_iter().next().map(|(_, member)| member))
    }

    /// All accounts.
    pub fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        Ok(self.documents::<String, _>(ACCOUNT)?.into_iter().map(|(_, account)| account).collect())
    }

    /// All tiers, lowest first.
    pub fn tiers(&self) -> Result<Vec<(TierId, Tier)>, StoreError> {
        let mut tiers: Vec<(TierId, Tier)> = self.documents(TIER)?;
        tiers.sort_by_key(|(_, tier)| tier.rank);
        Ok(tiers)
    }

    /// Where the member stands among the tiers.
    pub fn standing(&self) -> Result<Option<Standing>, StoreError> {
        Ok(self.documents::<String, _>(STANDING)?.into_iter().next().map(|(_, standing)| standing))
    }

    /// The catalogue, in order of id.
    pub fn rewards(&self) -> Result<Vec<(RewardId, Reward)>, StoreError> {
        self.documents(REWARD)
    }

    /// One reward.
    pub fn reward(&self, id: &RewardId) -> Result<Option<Reward>, StoreError> {
        self.document(REWARD, id.as_str())
    }

    /// All vouchers, in order of id.
    pub fn vouchers(&self) -> Result<Vec<(VoucherId, Voucher)>, StoreError> {
        self.documents(VOUCHER)
    }

    /// How the card stands.
    pub fn card_state(&self) -> Result<CardState, StoreError> {
        Ok(self.document(CARD, CARD)?.unwrap_or_default())
    }

    /// The last code of a device of this card that a till took.
    pub fn code_taken(&self, device: DeviceNumber) -> Result<Option<CodeTaken>, StoreError> {
        self.document(CODE, &device.0.to_string())
    }

    /// Ledger lines, newest first.
    pub fn entries(&self, which: Entries) -> Result<Vec<Entry>, StoreError> {
        let generation = self.generation()?;
        let mut statement = self.transaction.prepare_cached(
            "SELECT id, number, unit, amount, balance, reason, at, channel, place, title, action_key FROM entry
             WHERE generation = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3",
        )?;
        let mut rows = statement.query((generation, which.before.unwrap_or(i64::MAX), which.limit))?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(entry(row)?);
        }
        Ok(entries)
    }

    /// The newest line's number; 0 where there is none.
    pub fn last_entry_number(&self) -> Result<i64, StoreError> {
        let generation = self.generation()?;
        let mut statement =
            self.transaction.prepare_cached("SELECT coalesce(max(number), 0) FROM entry WHERE generation = ?1")?;
        Ok(statement.query_row([generation], |row| row.get(0))?)
    }

    /// The number of the oldest ledger line that is here.
    pub fn oldest_entry_number(&self) -> Result<Option<i64>, StoreError> {
        let generation = self.generation()?;
        let mut statement = self.transaction.prepare_cached("SELECT min(number) FROM entry WHERE generation = ?1")?;
        Ok(statement.query_row([generation], |row| row.get(0))?)
    }

    /// What the action `key` took from the member's accounts, by the ledger lines that are here.
    pub fn taken_by(&self, key: ActionKey) -> Result<Option<Cost>, StoreError> {
        let generation = self.generation()?;
        let mut statement = self.transaction.prepare_cached(
            "SELECT unit, -sum(amount) FROM entry WHERE generation = ?1 AND action_key = ?2 AND amount < 0 GROUP BY unit",
        )?;
        let taken: Option<(String, i64)> =
            statement.query_row((generation, key.to_string()), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        taken
            .map(|(unit, amount)| {
                let unit = UnitId::try_from(unit).map_err(|_| StoreError::Malformed("ledger line"))?;
                Ok(Cost { unit, amount })
            })
            .transpose()
    }

    /// What became of an action, where the base has it.
    pub fn outcome(&self, key: ActionKey) -> Result<Option<Outcome>, StoreError> {
        let generation = self.generation()?;
        let mut statement =
            self.transaction.prepare_cached("SELECT value FROM outcome WHERE generation = ?1 AND action_key = ?2")?;
        let json: Option<String> = statement.query_row((generation, key.to_string()), |row| row.get(0)).optional()?;
        json.map(|json| parse_stored(&json, "outcome")).transpose()
    }
}

impl Writer<'_> {
    /// Applies one change to a generation of the base.
    pub fn apply(&mut self, generation: i64, change: &Known) -> Result<(), StoreError> {
        match change {
            Known::Programme(id, value) => self.put(generation, PROGRAMME, id.as_str(), value.as_ref()),
            Known::Member(id, value) => self.put(generation, MEMBER, id.as_str(), value.as_ref()),
            Known::Account(id, value) => self.put(generation, ACCOUNT, id.as_str(), value.as_ref()),
            Known::Tier(id, value) => self.put(generation, TIER, id.as_str(), value.as_ref()),
            Known::Standing(value) => self.put(generation, STANDING, STANDING, value.as_ref()),
            Known::Reward(id, value) => self.put(generation, REWARD, id.as_str(), value.as_ref()),
            Known::Voucher(id, value) => self.put(generation, VOUCHER, id.as_str(), value.as_ref()),
            Known::Entry(id, value) => self.put_entry(generation, id.as_str(), value.as_ref()),
            Known::Outcome(key, value) => self.put_outcome(generation, *key, value.as_ref()),
            Known::Card(value) => self.put(generation, CARD, CARD, value.as_ref()),
            Known::Code(device, value) => self.put(generation, CODE, &device.to_string(), value.as_ref()),
        }
    }

    fn put<T: Serialize>(
        &mut self,
        generation: i64,
        kind: &'static str,
        id: &str,
        value: Option<&T>,
    ) -> Result<(), StoreError> {
        self.touched.documents = true;
        match value {
            Some(value) => self
                .reader
                .transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO document (generation, kind, id, value) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute((generation, kind, id, to_stored(value, kind)?))?,
            None => self
                .reader
                .transaction
                .prepare_cached("DELETE FROM document WHERE generation = ?1 AND kind = ?2 AND id = ?3")?
                .execute((generation, kind, id))?,
        };
        Ok(())
    }

    fn put_entry(&mut self, generation: i64, id: &str, value: Option<&Entry>) -> Result<(), StoreError> {
        self.touched.entries = true;
        let transaction = self.reader.transaction;
        let Some(entry) = value else {
            transaction
                .prepare_cached("DELETE FROM entry WHERE generation = ?1 AND id = ?2")?
                .execute((generation, id))?;
            return Ok(());
        };
        let text = |text: &Option<_>| text.as_ref().map(|text| to_stored(text, "text")).transpose();
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO entry (generation, number, id, unit, amount, balance, reason, at, channel,
                                               place, title, action_key)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute((
                generation,
                entry.number,
                id,
                entry.unit.as_str(),
                entry.amount,
                entry.balance,
                reason_name(entry.reason),
                millis(entry.at),
                channel_name(entry.channel),
                text(&entry.place)?,
                text(&entry.title)?,
                entry.key.map(|key| key.to_string()),
            ))?;
        Ok(())
    }

    fn put_outcome(&mut self, generation: i64, key: ActionKey, value: Option<&Outcome>) -> Result<(), StoreError> {
        let transaction = self.reader.transaction;
        match value {
            Some(value) => transaction
                .prepare_cached("INSERT OR REPLACE INTO outcome (generation, action_key, value) VALUES (?1, ?2, ?3)")?
                .execute((generation, key.to_string(), to_stored(value, "outcome")?))?,
            None => transaction
                .prepare_cached("DELETE FROM outcome WHERE generation = ?1 AND action_key = ?2")?
                .execute((generation, key.to_string()))?,
        };
        Ok(())
    }

    /// The base that is shown goes on from here.
    pub fn set_cursor(&mut self, cursor: &Cursor) -> Result<(), StoreError> {
        self.transaction.execute("UPDATE sync_state SET cursor = ?1", [cursor.as_str()])?;
        Ok(())
    }

    /// Begins a new base beside the one that is shown, in place of one that was being built. Answers its generation.
    pub fn begin_base(&mut self) -> Result<i64, StoreError> {
        let state = self.sync_state()?;
        if let Some((abandoned, _)) = state.building {
            self.drop_generation(abandoned)?;
        }
        let fresh = state.building.map_or(state.generation, |(generation, _)| generation) + 1;
        self.transaction.execute("UPDATE sync_state SET building = ?1, build_cursor = NULL", [fresh])?;
        Ok(fresh)
    }

    /// The base that is being built goes on from here.
    pub fn set_build_cursor(&mut self, cursor: &Cursor) -> Result<(), StoreError> {
        self.transaction.execute("UPDATE sync_state SET build_cursor = ?1", [cursor.as_str()])?;
        Ok(())
    }

    /// How many ledger lines of the base that is shown are not in the one that was built, though it reaches back as far: the
    /// server has forgotten them. Older ones are only not sent again.
    pub fn forgotten_entries(&self) -> Result<u32, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT count(*) FROM sync_state JOIN entry AS shown ON shown.generation = sync_state.generation
             WHERE shown.number >= (SELECT coalesce(min(number), 0) FROM entry WHERE generation = sync_state.building)
               AND NOT EXISTS (
                   SELECT 1 FROM entry WHERE generation = sync_state.building AND id = shown.id)",
        )?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Whether the base that was built has a programme and a member, if the one that is shown has.
    pub fn built_base_is_whole(&self) -> Result<bool, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT NOT EXISTS (
                 SELECT 1 FROM sync_state JOIN document AS shown ON shown.generation = sync_state.generation
                 WHERE shown.kind IN (?1, ?2) AND NOT EXISTS (
                     SELECT 1 FROM document WHERE generation = sync_state.building AND kind = shown.kind))",
        )?;
        Ok(statement.query_row((PROGRAMME, MEMBER), |row| row.get(0))?)
    }

    /// From now on the base that was built is the one that is shown.
    pub fn swap_base(&mut self) -> Result<(), StoreError> {
        let old = self.generation()?;
        self.transaction.execute(
            "UPDATE sync_state SET generation = building, cursor = build_cursor, building = NULL, build_cursor = NULL
             WHERE building IS NOT NULL",
            [],
        )?;
        self.drop_generation(old)?;
        self.touched.documents = true;
        self.touched.entries = true;
        Ok(())
    }

    fn drop_generation(&mut self, generation: i64) -> Result<(), StoreError> {
        for statement in [
            "DELETE FROM document WHERE generation = ?1",
            "DELETE FROM entry WHERE generation = ?1",
            "DELETE FROM outcome WHERE generation = ?1",
        ] {
            self.transaction.execute(statement, [generation])?;
        }
        Ok(())
    }

    /// The server has said not to come before `at`, an instant of the wall clock in milliseconds since 1970.
    pub fn keep_retry_floor(&mut self, at: i64) -> Result<(), StoreError> {
        self.transaction.execute("UPDATE sync_state SET retry_floor = ?1", [at])?;
        Ok(())
    }

    /// The server answered at `at`.
    pub fn note_contact(&mut self, at: Timestamp, anchor: &Anchor) -> Result<(), StoreError> {
        self.transaction.execute(
            "UPDATE sync_state SET last_contact = ?1, anchor = ?2",
            (millis(at), to_stored(anchor, "clock anchor")?),
        )?;
        self.touched.contact = true;
        Ok(())
    }
}

fn entry(row: &rusqlite::Row<'_>) -> Result<Entry, StoreError> {
    const WHAT: &str = "ledger line";
    fn id<T: TryFrom<String>>(text: String) -> Result<T, StoreError> {
        T::try_from(text).map_err(|_| StoreError::Malformed(WHAT))
    }
    let text = |column| row.get::<_, Option<String>>(column)?.map(|json| parse_stored(&json, WHAT)).transpose();
    Ok(Entry {
        id: Some(id(row.get(0)?)?),
        number: row.get(1)?,
        unit: id::<UnitId>(row.get(2)?)?,
        amount: row.get(3)?,
        balance: row.get(4)?,
        reason: reason_named(&row.get::<_, String>(5)?),
        at: instant(row.get(6)?)?,
        channel: channel_named(&row.get::<_, String>(7)?),
        place: text(8)?,
        title: text(9)?,
        key: row
            .get::<_, Option<String>>(10)?
            .map(|key| key.parse().map_err(|_| StoreError::Malformed(WHAT)))
            .transpose()?,
    })
}

fn reason_name(reason: EntryReason) -> &'static str {
    match reason {
        EntryReason::Welcome => "welcome",
        EntryReason::Purchase => "purchase",
        EntryReason::Claim => "claim",
        EntryReason::Refund => "refund",
        EntryReason::Return => "return",
        EntryReason::Expiry => "expiry",
        EntryReason::Adjustment => "adjustment",
        EntryReason::Other => "other",
    }
}

fn reason_named(name: &str) -> EntryReason {
    use EntryReason::{Adjustment, Claim, Expiry, Other, Purchase, Refund, Return, Welcome};
    [Welcome, Purchase, Claim, Refund, Return, Expiry, Adjustment]
        .into_iter()
        .find(|reason| reason_name(*reason) == name)
        .unwrap_or(Other)
}

fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Store => "store",
        Channel::App => "app",
        Channel::Web => "web",
        Channel::Other => "other",
    }
}

fn channel_named(name: &str) -> Channel {
    use Channel::{App, Other, Store, Web};
    [Store, App, Web].into_iter().find(|channel| channel_name(*channel) == name).unwrap_or(Other)
}
