# Czech. The member is addressed with "vy" in lower case, and never has a gender: no "přihlášen", no "udělal".
# Amounts, names of tiers and titles come in the nominative, so they are the subject, stand after a colon, or in quotes after
# their noun.

## How old what is shown is
age-never = Zatím nesynchronizováno
age-now = Aktualizováno před chvílí
age-minutes = { $count ->
    [one] Aktualizováno před { $number } minutou
    [few] Aktualizováno před { $number } minutami
    [many] Aktualizováno před { $number } minuty
   *[other] Aktualizováno před { $number } minutami
}
age-hours = { $count ->
    [one] Aktualizováno před { $number } hodinou
    [few] Aktualizováno před { $number } hodinami
    [many] Aktualizováno před { $number } hodiny
   *[other] Aktualizováno před { $number } hodinami
}
age-days = { $count ->
    [one] Aktualizováno před { $number } dnem
    [few] Aktualizováno před { $number } dny
    [many] Aktualizováno před { $number } dne
   *[other] Aktualizováno před { $number } dny
}
notice-session-ended = Vaše přihlášení skončilo. Přihlaste se znovu. Co čeká na odeslání, se neztratí.
notice-key-lost = Toto zařízení ztratilo klíč k uložené peněžence. Přihlaste se znovu. Vaše body jsou v programu v bezpečí.
notice-left-behind-title = Neodesláno
notice-left-behind = { $count ->
    [one] Neodeslala se { $number } operace členství, které tu bylo přihlášeno předtím: { $titles }. Zůstává uložena a odešle se, jen když se přihlásí totéž členství. Pokud už v programu není, neodešle se nikdy.
    [few] Neodeslaly se { $number } operace členství, které tu bylo přihlášeno předtím: { $titles }. Zůstávají uloženy a odešlou se, jen když se přihlásí totéž členství. Pokud už v programu není, neodešlou se nikdy.
    [many] Neodeslalo se { $number } operace členství, které tu bylo přihlášeno předtím: { $titles }. Zůstávají uloženy a odešlou se, jen když se přihlásí totéž členství. Pokud už v programu není, neodešlou se nikdy.
   *[other] Neodeslalo se { $number } operací členství, které tu bylo přihlášeno předtím: { $titles }. Zůstávají uloženy a odešlou se, jen když se přihlásí totéž členství. Pokud už v programu není, neodešlou se nikdy.
}
notice-took-effect = Nakonec se to podařilo. Podívejte se na poukazy a do historie.
notice-took-effect-lock = Nakonec se to podařilo.
notice-forgotten-title = Vaše historie
notice-forgotten = { $count ->
    [one] Program se vrátil ke starší kopii a ztratil { $number } řádek vaší historie. Pokud něco chybí, zeptejte se v programu.
    [few] Program se vrátil ke starší kopii a ztratil { $number } řádky vaší historie. Pokud něco chybí, zeptejte se v programu.
    [many] Program se vrátil ke starší kopii a ztratil { $number } řádku vaší historie. Pokud něco chybí, zeptejte se v programu.
   *[other] Program se vrátil ke starší kopii a ztratil { $number } řádků vaší historie. Pokud něco chybí, zeptejte se v programu.
}
notice-file-lost = Peněženka uložená v tomto zařízení byla poškozená a už ji nelze přečíst. Přihlaste se znovu. Vaše body jsou v programu v bezpečí. Co tu čekalo na odeslání, je ztraceno.
notice-rescued-title = Vaše uložená peněženka
notice-rescued = Peněženka uložená v tomto zařízení byla poškozená. Vše, co jste udělali, se podařilo zachovat. Zbytek se znovu stáhne z programu.
notice-rescued-some = { $count ->
    [one] Peněženka uložená v tomto zařízení byla poškozená. Nepodařilo se přečíst { $number } čekající operaci. Podívejte se do historie a zopakujte, co chybí.
    [few] Peněženka uložená v tomto zařízení byla poškozená. Nepodařilo se přečíst { $number } čekající operace. Podívejte se do historie a zopakujte, co chybí.
    [many] Peněženka uložená v tomto zařízení byla poškozená. Nepodařilo se přečíst { $number } čekající operace. Podívejte se do historie a zopakujte, co chybí.
   *[other] Peněženka uložená v tomto zařízení byla poškozená. Nepodařilo se přečíst { $number } čekajících operací. Podívejte se do historie a zopakujte, co chybí.
}
notice-rescued-perhaps = Peněženka uložená v tomto zařízení byla poškozená. Možná se nepodařilo přečíst vše, co tu čekalo. Podívejte se do historie a zopakujte, co chybí.

## Dates
date = { $day }. { $month } { $year }
date-time = { $date }, { $time }
month-1 = ledna
month-2 = února
month-3 = března
month-4 = dubna
month-5 = května
month-6 = června
month-7 = července
month-8 = srpna
month-9 = září
month-10 = října
month-11 = listopadu
month-12 = prosince

## Card
card-empty = Vaše karta se tu objeví po první synchronizaci. Stačí se jednou připojit k internetu.
card-needs-update = Karta tohoto programu vyžaduje novější verzi aplikace. Aktualizujte aplikaci.
card-has-no-code = Kód této karty nelze vykreslit. U pokladny uveďte číslo: { $number }
card-revoked = Tato karta je zablokovaná a už ji nelze použít. Obraťte se na zákaznický servis programu.
card-signed-out = Karta je skrytá, protože vaše přihlášení skončilo. Přihlaste se znovu a hned tu bude.
card-stale = { $count ->
    [one] Karta je skrytá, protože toto zařízení nemělo { $number } den spojení s programem. Připojte se jednou k internetu.
    [few] Karta je skrytá, protože toto zařízení nemělo { $number } dny spojení s programem. Připojte se jednou k internetu.
    [many] Karta je skrytá, protože toto zařízení nemělo { $number } dne spojení s programem. Připojte se jednou k internetu.
   *[other] Karta je skrytá, protože toto zařízení nemělo { $number } dní spojení s programem. Připojte se jednou k internetu.
}
card-not-ready = Karta se připravuje. Připojte se jednou k internetu.
card-no-proof = Na tomto zařízení ještě není kód pro dnešek. Připojte se jednou k internetu.
card-code-changes = Nový kód každou minutu
card-code-countdown = Nový kód za { $number } s
card-clock-wrong = Hodiny tohoto zařízení ukazují { $shown }, ale je { $right }. Kód je přesto správný.
card-clock-unsure = Hodiny tohoto zařízení jdou špatně a od zapnutí nebylo spojení. Kód může být odmítnut: připojte se jednou k internetu.
card-code-wait = { $count ->
    [one] Během minuty byly použity dva kódy. Další bude platit za { $number } sekundu.
    [few] Během minuty byly použity dva kódy. Další bude platit za { $number } sekundy.
    [many] Během minuty byly použity dva kódy. Další bude platit za { $number } sekundy.
   *[other] Během minuty byly použity dva kódy. Další bude platit za { $number } sekund.
}
card-locked = Utrácení bodů je zamčené
card-description = Členská karta programu „{ $programme }“, číslo { $number }. Ukažte ji u pokladny.
card-arrived = { $amount }
card-pending = { $count ->
    [one] Čeká { $number } operace
    [few] Čekají { $number } operace
    [many] Čeká { $number } operace
   *[other] Čeká { $number } operací
}

## Balance
balance-empty = Vaše body se tu objeví po první synchronizaci. Stačí se jednou připojit k internetu.
balance-pending = Čeká: { $amount }
balance-spendable = K využití zbývá: { $amount }
balance-lifetime = Nasbíráno od vstupu do programu: { $amount }

## Tiers
tiers-empty = Vaše úroveň se tu objeví po první synchronizaci. Stačí se jednou připojit k internetu.
tiers-progress = Do úrovně „{ $tier }“ chybí { $amount }, čas máte do { $date }
tiers-top = Máte nejvyšší úroveň, platí do { $date }
tiers-threshold = hranice: { $amount }
tiers-threshold-none = pro všechny

## Rewards
rewards-empty = Zatím tu nejsou žádné odměny. Objeví se po příští synchronizaci.
reward-missing = Chybí { $amount }
reward-sold-out = Vyprodáno
reward-over = Už není k dispozici
reward-not-yet = K dispozici od { $date }
reward-tier = Pro úroveň „{ $tier }“ a vyšší
reward-spend-locked = Utrácení je zablokované. Odblokujte ho v nastavení.
reward-stock = { $count ->
    [one] Zbývá { $number } kus
    [few] Zbývají { $number } kusy
    [many] Zbývá { $number } kusu
   *[other] Zbývá { $number } kusů
}

## Vouchers
vouchers-empty = Zatím nemáte žádné poukazy. Vyberte si odměnu a poukaz se objeví tady.
voucher-valid = Platí do { $date }
voucher-locked = Platí do { $date }, ale utrácení je zablokované. Odblokujte ho v nastavení.
voucher-used = Uplatněno
voucher-expired = Platnost skončila
voucher-cancelled = Zrušeno
voucher-pending = Čeká na potvrzení
voucher-unknown = Ověřujeme u programu, zda se to podařilo
voucher-cancelling = Bere se zpět

## Activity
activity-empty = Zatím tu nic není. Ukažte u pokladny svou kartu a objeví se tu vaše body.
activity-balance = Zůstatek: { $amount }
activity-waiting = Čeká na potvrzení
entry-welcome = Na uvítanou
entry-purchase = Nákup
entry-claim = Odměna
entry-refund = Vrácení
entry-refund-of = Vrácení: { $title }
entry-return = Vrácený nákup
entry-expiry = Propadlé body
entry-adjustment = Oprava
entry-other = Ostatní

## Pending actions
pending-empty = Nic nečeká.
pending-claim = Výběr odměny: { $reward }
pending-claim-gone = Výběr odměny
pending-cancel = Vrácení odměny: { $reward }
pending-cancel-gone = Vrácení odměny
state-queued = Odešle se, jakmile bude připojení
state-sending = Odesílá se
state-confirmed = Potvrzeno
state-expired = Na odeslání už je pozdě. Nic se neodečetlo. Pokud odměnu stále chcete, vyberte si ji znovu.
state-expired-cancel = Na odeslání už je pozdě. Poukaz se nevrátil. Pokud to stále chcete, zkuste to znovu.
state-expired-lock = Na odeslání už je pozdě. Nic se nezměnilo. Pokud to stále chcete, zkuste to znovu.
state-outcome-unknown = Ověřujeme u programu, zda se to podařilo
state-parked = Aby se to odeslalo, aktualizujte aplikaci
reason-insufficient-points = Nedostatek bodů. Potřeba: { $needed }, k dispozici: { $available }. Nic se neodečetlo.
reason-unknown-reward = Tuto odměnu už program nenabízí. Nic se neodečetlo.
reason-reward-unavailable = Tato odměna teď není k dispozici. Nic se neodečetlo.
reason-sold-out = Tato odměna už je vyprodaná. Nic se neodečetlo.
reason-spend-locked = Když to k programu dorazilo, bylo utrácení zablokované. Nic se neodečetlo. Odblokujte ho v nastavení a vyberte si odměnu znovu.
reason-tier-required = Tato odměna je pro úroveň „{ $tier }“ a vyšší. Nic se neodečetlo.
reason-price-changed = Nová cena: { $cost }. Nic se neodečetlo. Pokud vám cena vyhovuje, vyberte si odměnu znovu.
reason-expired = K programu to dorazilo příliš pozdě. Nic se neodečetlo.
reason-dismissed = Program to odmítl. Nic se neodečetlo.
reason-dependency = Nepodařilo se to, na čem tato operace závisela, proto se neodeslala.
reason-nothing-to-cancel = Nebylo co vracet.
reason-voucher-used = Poukaz už byl uplatněn, proto se nevrátil.
reason-voucher-expired = Poukazu už skončila platnost, proto se nevrátil.
reason-cancel-refused = Program to odmítl. Poukaz se nevrátil.
reason-lock-refused = Program to odmítl. Nic se nezměnilo.

## Spend lock
spending-title = Blokování utrácení
spending-open = Můžete si vybírat odměny a uplatňovat poukazy. Když utrácení zablokujete, karta body jen sbírá.
spending-locked = Utrácení je zablokované. Karta sbírá body dál, odměny a poukazy počkají, dokud ho neodblokujete.
spending-locking = Je to bezpečně uloženo v tomto zařízení. Utrácení se zablokuje, jakmile to program potvrdí; do té doby poukazy u pokladny platí.
spending-unlocking = Je to bezpečně uloženo v tomto zařízení. Utrácení se odblokuje, jakmile to program potvrdí. Co si vyberete teď, odešle se až potom.
spending-lock = Zablokovat utrácení
spending-unlock = Odblokovat utrácení

## What a call answers
claim-queued = Hotovo. Výběr odměny je bezpečně uložen v tomto zařízení a potvrdí se, jakmile bude připojení.
cancel-queued = Hotovo. Vrácení je bezpečně uloženo v tomto zařízení. Body se vrátí, jakmile je program potvrdí.
cancel-taken-back = Vzato zpět. Nic se neodeslalo, takže se nic neodečetlo.
retry-queued = Odešle se, jakmile bude připojení.

## Signing out
sign-out-question = Odhlásit se?
sign-out-explanation = Vaše karta a všechny vaše údaje se z tohoto zařízení smažou. Body zůstávají v programu a po přihlášení je tu uvidíte znovu.
sign-out-unsent = { $count ->
    [one] { $number } operace se neodeslala. Pokud se odhlásíte, smaže se bez účinku:
    [few] { $number } operace se neodeslaly. Pokud se odhlásíte, smažou se bez účinku:
    [many] { $number } operace se neodeslalo. Pokud se odhlásíte, smažou se bez účinku:
   *[other] { $number } operací se neodeslalo. Pokud se odhlásíte, smažou se bez účinku:
}
sign-out-advice = Pokud se neodhlásíte, odešle se to, jakmile bude připojení.
sign-out-advice-ended = Pokud se místo toho znovu přihlásíte, odešle se to.
sign-out-sent = { $count ->
    [one] { $number } operace se odeslala a čeká na potvrzení. Ještě může mít účinek:
    [few] { $number } operace se odeslaly a čekají na potvrzení. Ještě mohou mít účinek:
    [many] { $number } operace se odeslalo a čeká na potvrzení. Ještě mohou mít účinek:
   *[other] { $number } operací se odeslalo a čeká na potvrzení. Ještě mohou mít účinek:
}
sign-out-confirm = Odhlásit se
sign-out-confirm-deleting = Smazat a odhlásit se
sign-out-cancel = Neodhlašovat se
sign-out-done = Odhlášení proběhlo. V tomto zařízení z vašich údajů nic nezůstalo.
sign-out-done-untold = Odhlášení proběhlo. V tomto zařízení z vašich údajů nic nezůstalo. Program se to dozví, jakmile bude připojení.
sign-out-done-undeleted = Odhlášení proběhlo a nic vašeho se tu už neukáže. Všechno se zatím smazat nepodařilo; aplikace to dokončí sama.
wipe-done = Všechna data této aplikace se z tohoto zařízení smazala.

## Labels of the screens
label-card = Karta
label-opening = Otevírání karty…
label-waiting = Čekající
label-refresh = Obnovit
label-try-again = Zkusit znovu
label-take-back = Vzít zpět
label-dismiss = Skrýt
label-sign-in = Přihlásit se
label-sign-in-lead = Přihlaste se a uvidíte tu svou kartu a body.
label-address = E-mail nebo telefonní číslo
label-send-code = Poslat kód
label-code = Kód
label-code-lead = Zadejte kód ze zprávy. Pokud program tuto adresu zná, přijde do minuty.
label-other-address = Použít jinou adresu
label-settings = Nastavení
label-allow-screenshots = Povolit snímky obrazovky
label-allow-screenshots-why = Kdo má obrázek vaší karty, může ji použít u pokladny.
label-back = Zpět
label-done = Hotovo

## Errors: a sentence each, with what to do next
error-signed-out = Nejdřív vstupte do programu, nebo se přihlaste.
error-no-connection = Není spojení s programem. Vaše operace jsou v bezpečí a odešlou se později.
error-timed-out = Program neodpověděl včas. Zkuste to za chvíli znovu.
error-certificate = Spojení s programem není bezpečné, proto se nic neodeslalo. Zkuste jinou síť.
error-certificate-date = Podle data v tomto zařízení certifikát programu neplatí. Zkontrolujte datum a čas v zařízení.
error-not-ours = Neodpověděl program, ale něco jiného, třeba přihlašovací stránka Wi-Fi. Zkontrolujte připojení a adresu.
error-outage = Program teď nemůže odpovědět. Vaše operace jsou v bezpečí a odešlou se později.
error-too-large = Odpověď programu byla příliš velká a nepoužila se. Zkuste to později znovu.
error-cleartext = Adresa musí začínat na https://. Výjimkou je jen adresa tohoto zařízení.
error-too-many-tries = Příliš mnoho pokusů. Chvíli počkejte a zkuste to znovu.
error-code = Kód je chybný nebo už neplatí. Vyžádejte si nový.
error-no-code-asked = Nejdřív si vyžádejte kód.
error-input-address = Zadejte e-mailovou adresu, nebo telefonní číslo s předvolbou země.
error-input-name = Jméno může mít 1 až 100 znaků.
error-input-code = { $count ->
    [one] Kód má { $number } číslici. Zkontrolujte ho a zadejte znovu.
    [few] Kód má { $number } číslice. Zkontrolujte ho a zadejte znovu.
    [many] Kód má { $number } číslice. Zkontrolujte ho a zadejte znovu.
   *[other] Kód má { $number } číslic. Zkontrolujte ho a zadejte znovu.
}
error-input-key = Toto není klíč operace. Zkopírujte ho ze seznamu čekajících operací.
error-input-server = Toto není adresa programu. Zkontrolujte ji a zadejte znovu.
error-input-refused = Program zadané údaje nepřijal. Zkontrolujte je a zkuste to znovu.
error-unknown-reward = Takovou odměnu program nemá. Vyberte si ze seznamu.
error-not-synced = Synchronizace zatím neproběhla. Stačí se jednou připojit k internetu.
error-unknown-action = Taková operace tu není. Možná už je dokončená: podívejte se do historie.
error-was-sent = Operace už mohla být odeslána, proto ji nelze vzít zpět. Počkejte na výsledek.
error-cancel-underway = Už se to vrací. Počkejte na výsledek.
error-no-effect = Operace neměla žádný účinek, není tedy co vracet. Můžete ji skrýt.
error-voucher-closed = Tento poukaz byl uplatněn, vrácen nebo mu skončila platnost. Už ho nelze vrátit.
error-no-pass = Program nemá kartu pro tuto peněženku. U pokladny funguje karta v aplikaci.
error-home-in-use = Peněženka je už otevřená v jiné aplikaci. Nejdřív ji tam zavřete.
error-newer-wallet = Tuto peněženku uložila novější verze aplikace. Aktualizujte aplikaci.
error-wrong-key = Uloženou peněženku nelze otevřít klíčem tohoto zařízení. Nic se nesmazalo.
error-locked = Úložiště klíčů zařízení teď nelze přečíst. Odemkněte zařízení a zkuste to znovu.
error-disk-full = Úložiště zařízení je plné. Uvolněte místo a zkuste to znovu.
error-read-only = Do složky peněženky nelze zapisovat. Zkontrolujte oprávnění.
error-storage = Uloženou peněženku se nepodařilo přečíst nebo zapsat. Zavřete aplikaci a znovu ji otevřete.
error-closed = Peněženka byla zavřena. Nic se neztratilo, otevřete ji znovu.
error-internal = V aplikaci se něco pokazilo. Nic se neztratilo. Zkuste to znovu.
error-not-shown = Mezitím se změnilo, co čeká na odeslání. Než se odhlásíte, podívejte se na seznam znovu.
