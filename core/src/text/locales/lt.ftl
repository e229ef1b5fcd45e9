# Lithuanian. The member is addressed with "jūs" in lower case, and never has a gender: no participle about the member.
# Amounts, names of tiers and titles come in the nominative, so they stand after a colon, or in quotes after their noun.
# The loyalty programme is "programa", the app is "programėlė".

## How old what is shown is
age-never = Dar nesinchronizuota
age-now = Atnaujinta ką tik
age-minutes = { $count ->
    [one] Atnaujinta prieš { $number } minutę
    [few] Atnaujinta prieš { $number } minutes
    [many] Atnaujinta prieš { $number } minutės
   *[other] Atnaujinta prieš { $number } minučių
}
age-hours = { $count ->
    [one] Atnaujinta prieš { $number } valandą
    [few] Atnaujinta prieš { $number } valandas
    [many] Atnaujinta prieš { $number } valandos
   *[other] Atnaujinta prieš { $number } valandų
}
age-days = { $count ->
    [one] Atnaujinta prieš { $number } dieną
    [few] Atnaujinta prieš { $number } dienas
    [many] Atnaujinta prieš { $number } dienos
   *[other] Atnaujinta prieš { $number } dienų
}
notice-session-ended = Jūsų seansas baigėsi. Prisijunkite iš naujo. Tai, kas laukia išsiuntimo, nedings.
notice-key-lost = Šiame įrenginyje dingo išsaugotos piniginės raktas. Prisijunkite iš naujo. Jūsų taškai programoje saugūs.
notice-left-behind-title = Neišsiųsta
notice-left-behind = { $count ->
    [one] Neišsiųsta { $number } operacija nario, kuris čia buvo prisijungęs anksčiau: { $titles }. Ji saugoma ir bus išsiųsta tik tada, kai vėl prisijungs tas pats narys. Jei jo programoje nebėra, ji nebus išsiųsta niekada.
    [few] Neišsiųstos { $number } operacijos nario, kuris čia buvo prisijungęs anksčiau: { $titles }. Jos saugomos ir bus išsiųstos tik tada, kai vėl prisijungs tas pats narys. Jei jo programoje nebėra, jos nebus išsiųstos niekada.
    [many] Neišsiųsta { $number } operacijos nario, kuris čia buvo prisijungęs anksčiau: { $titles }. Jos saugomos ir bus išsiųstos tik tada, kai vėl prisijungs tas pats narys. Jei jo programoje nebėra, jos nebus išsiųstos niekada.
   *[other] Neišsiųsta { $number } operacijų nario, kuris čia buvo prisijungęs anksčiau: { $titles }. Jos saugomos ir bus išsiųstos tik tada, kai vėl prisijungs tas pats narys. Jei jo programoje nebėra, jos nebus išsiųstos niekada.
}
notice-took-effect = Vis dėlto pavyko. Žiūrėkite kuponus ir istoriją.
notice-took-effect-lock = Vis dėlto pavyko.
notice-forgotten-title = Jūsų istorija
notice-forgotten = { $count ->
    [one] Programa grįžo prie senesnės kopijos ir prarado { $number } jūsų istorijos eilutę. Jei ko nors trūksta, klauskite programos.
    [few] Programa grįžo prie senesnės kopijos ir prarado { $number } jūsų istorijos eilutes. Jei ko nors trūksta, klauskite programos.
    [many] Programa grįžo prie senesnės kopijos ir prarado { $number } jūsų istorijos eilutės. Jei ko nors trūksta, klauskite programos.
   *[other] Programa grįžo prie senesnės kopijos ir prarado { $number } jūsų istorijos eilučių. Jei ko nors trūksta, klauskite programos.
}
notice-file-lost = Šiame įrenginyje išsaugota piniginė buvo pažeista ir jos nebegalima perskaityti. Prisijunkite iš naujo. Jūsų taškai programoje saugūs. Tai, kas čia laukė išsiuntimo, prarasta.
notice-rescued-title = Jūsų išsaugota piniginė
notice-rescued = Šiame įrenginyje išsaugota piniginė buvo pažeista. Viską, ką padarėte, pavyko išsaugoti. Visa kita vėl ateis iš programos.
notice-rescued-some = { $count ->
    [one] Šiame įrenginyje išsaugota piniginė buvo pažeista. Nepavyko perskaityti { $number } laukiančios operacijos. Peržiūrėkite istoriją ir pakartokite tai, ko trūksta.
    [few] Šiame įrenginyje išsaugota piniginė buvo pažeista. Nepavyko perskaityti { $number } laukiančių operacijų. Peržiūrėkite istoriją ir pakartokite tai, ko trūksta.
    [many] Šiame įrenginyje išsaugota piniginė buvo pažeista. Nepavyko perskaityti { $number } laukiančios operacijos. Peržiūrėkite istoriją ir pakartokite tai, ko trūksta.
   *[other] Šiame įrenginyje išsaugota piniginė buvo pažeista. Nepavyko perskaityti { $number } laukiančių operacijų. Peržiūrėkite istoriją ir pakartokite tai, ko trūksta.
}
notice-rescued-perhaps = Šiame įrenginyje išsaugota piniginė buvo pažeista. Galbūt pavyko perskaityti ne viską, kas čia laukė. Peržiūrėkite istoriją ir pakartokite tai, ko trūksta.

## Dates
date = { $year } m. { $month } { $day } d.
date-time = { $date } { $time }
month-1 = sausio
month-2 = vasario
month-3 = kovo
month-4 = balandžio
month-5 = gegužės
month-6 = birželio
month-7 = liepos
month-8 = rugpjūčio
month-9 = rugsėjo
month-10 = spalio
month-11 = lapkričio
month-12 = gruodžio

## Card
card-empty = Jūsų kortelė čia atsiras po pirmojo sinchronizavimo. Pakanka vieną kartą prisijungti prie interneto.
card-needs-update = Šios programos kortelei reikia naujesnės programėlės versijos. Atnaujinkite programėlę.
card-has-no-code = Šios kortelės kodo nupiešti negalima. Kasoje pasakykite numerį: { $number }
card-revoked = Ši kortelė užblokuota ir nebegali būti naudojama. Kreipkitės į programos klientų aptarnavimą.
card-signed-out = Kortelė paslėpta, nes jūsų seansas baigėsi. Prisijunkite iš naujo, ir ji iškart čia bus.
card-stale = { $count ->
    [one] Kortelė paslėpta, nes šis įrenginys { $number } dieną neturėjo ryšio su programa. Vieną kartą prisijunkite prie interneto.
    [few] Kortelė paslėpta, nes šis įrenginys { $number } dienas neturėjo ryšio su programa. Vieną kartą prisijunkite prie interneto.
    [many] Kortelė paslėpta, nes šis įrenginys { $number } dienos neturėjo ryšio su programa. Vieną kartą prisijunkite prie interneto.
   *[other] Kortelė paslėpta, nes šis įrenginys { $number } dienų neturėjo ryšio su programa. Vieną kartą prisijunkite prie interneto.
}
card-not-ready = Kortelė ruošiama. Vieną kartą prisijunkite prie interneto.
card-no-proof = Šiame įrenginyje dar nėra šios dienos kodo. Vieną kartą prisijunkite prie interneto.
card-code-changes = Naujas kodas kas minutę
card-code-countdown = Naujas kodas po { $number } s
card-clock-wrong = Šio įrenginio laikrodis rodo { $shown }, o dabar yra { $right }. Kodas vis tiek teisingas.
card-clock-unsure = Šio įrenginio laikrodis rodo neteisingai, o nuo įjungimo nebuvo ryšio. Kodas gali būti atmestas: vieną kartą prisijunkite prie interneto.
card-code-wait = { $count ->
    [one] Per minutę panaudoti du kodai. Kitas galios po { $number } sekundės.
    [few] Per minutę panaudoti du kodai. Kitas galios po { $number } sekundžių.
    [many] Per minutę panaudoti du kodai. Kitas galios po { $number } sekundės.
   *[other] Per minutę panaudoti du kodai. Kitas galios po { $number } sekundžių.
}
card-locked = Taškų leidimas užrakintas
card-description = Programos „{ $programme }“ kortelė, numeris { $number }. Parodykite ją kasoje.
card-arrived = { $amount }
card-pending = { $count ->
    [one] Laukia { $number } operacija
    [few] Laukia { $number } operacijos
    [many] Laukia { $number } operacijos
   *[other] Laukia { $number } operacijų
}

## Balance
balance-empty = Jūsų taškai čia atsiras po pirmojo sinchronizavimo. Pakanka vieną kartą prisijungti prie interneto.
balance-pending = Laukia: { $amount }
balance-spendable = Galite išleisti: { $amount }
balance-lifetime = Surinkta per visą laiką: { $amount }

## Tiers
tiers-empty = Jūsų lygis čia atsiras po pirmojo sinchronizavimo. Pakanka vieną kartą prisijungti prie interneto.
tiers-progress = Iki lygio „{ $tier }“ trūksta: { $amount }, laikas – iki { $date }
tiers-top = Jūsų lygis aukščiausias, jis galioja iki { $date }
tiers-threshold = riba: { $amount }
tiers-threshold-none = visiems

## Rewards
rewards-empty = Apdovanojimų dar nėra. Jie čia atsiras po kito sinchronizavimo.
reward-missing = Trūksta: { $amount }
reward-sold-out = Nebeliko
reward-over = Nebesiūloma
reward-not-yet = Bus galima gauti nuo { $date }
reward-tier = Lygiui „{ $tier }“ ir aukštesniems
reward-spend-locked = Taškų naudojimas užblokuotas. Atblokuokite jį nustatymuose.
reward-stock = { $count ->
    [one] Liko { $number } vienetas
    [few] Liko { $number } vienetai
    [many] Liko { $number } vieneto
   *[other] Liko { $number } vienetų
}

## Vouchers
vouchers-empty = Kuponų dar nėra. Atsiimkite apdovanojimą, ir kuponas atsiras čia.
voucher-valid = Galioja iki { $date }
voucher-locked = Galioja iki { $date }, bet taškų naudojimas užblokuotas. Atblokuokite jį nustatymuose.
voucher-used = Panaudotas
voucher-expired = Nebegalioja
voucher-cancelled = Atšauktas
voucher-pending = Laukia patvirtinimo
voucher-unknown = Klausiame programos, ar pavyko
voucher-cancelling = Atšaukiamas

## Activity
activity-empty = Čia dar nieko nėra. Parodykite kortelę kasoje, ir taškai atsiras.
activity-balance = Likutis: { $amount }
activity-waiting = Laukia patvirtinimo
entry-welcome = Pasveikinimo dovana
entry-purchase = Pirkinys
entry-claim = Apdovanojimas
entry-refund = Grąžinimas
entry-refund-of = Grąžinimas: { $title }
entry-return = Grąžintas pirkinys
entry-expiry = Nebegaliojantys taškai
entry-adjustment = Pataisymas
entry-other = Kita

## Pending actions
pending-empty = Laukiančių operacijų nėra.
pending-claim = Apdovanojimo atsiėmimas: { $reward }
pending-claim-gone = Apdovanojimo atsiėmimas
pending-cancel = Apdovanojimo grąžinimas: { $reward }
pending-cancel-gone = Apdovanojimo grąžinimas
state-queued = Bus išsiųsta, kai atsiras ryšys
state-sending = Siunčiama
state-confirmed = Patvirtinta
state-expired = Siųsti jau per vėlu. Nieko nenuskaičiuota. Jei apdovanojimo vis dar norite, atsiimkite jį iš naujo.
state-expired-cancel = Siųsti jau per vėlu. Kuponas negrąžintas. Jei to vis dar norite, bandykite dar kartą.
state-expired-lock = Siųsti jau per vėlu. Niekas nepasikeitė. Jei to vis dar norite, bandykite dar kartą.
state-outcome-unknown = Klausiame programos, ar pavyko
state-parked = Kad būtų išsiųsta, atnaujinkite programėlę
reason-insufficient-points = Nepakanka taškų. Reikia: { $needed }, yra: { $available }. Nieko nenuskaičiuota.
reason-unknown-reward = Šio apdovanojimo programoje nebėra. Nieko nenuskaičiuota.
reason-reward-unavailable = Šio apdovanojimo dabar gauti negalima. Nieko nenuskaičiuota.
reason-sold-out = Šio apdovanojimo nebeliko. Nieko nenuskaičiuota.
reason-spend-locked = Kai tai pasiekė programą, taškų naudojimas buvo užblokuotas. Nieko nenuskaičiuota. Atblokuokite jį nustatymuose ir atsiimkite apdovanojimą iš naujo.
reason-tier-required = Šis apdovanojimas skirtas lygiui „{ $tier }“ ir aukštesniems. Nieko nenuskaičiuota.
reason-price-changed = Nauja kaina: { $cost }. Nieko nenuskaičiuota. Jei kaina tinka, atsiimkite apdovanojimą iš naujo.
reason-expired = Programą tai pasiekė per vėlai. Nieko nenuskaičiuota.
reason-dismissed = Programa atsisakė tai atlikti. Nieko nenuskaičiuota.
reason-dependency = Nepavyko tai, nuo ko priklausė ši operacija, todėl ji neišsiųsta.
reason-nothing-to-cancel = Nebuvo ko grąžinti.
reason-voucher-used = Kuponas jau buvo panaudotas, todėl negrąžintas.
reason-voucher-expired = Kupono galiojimas jau buvo pasibaigęs, todėl jis negrąžintas.
reason-cancel-refused = Programa atsisakė. Kuponas negrąžintas.
reason-lock-refused = Programa atsisakė. Niekas nepasikeitė.

## Spend lock
spending-title = Taškų naudojimo blokavimas
spending-open = Galite atsiimti apdovanojimus ir naudoti kuponus. Užblokavus taškų naudojimą, kortelė tik kaupia taškus.
spending-locked = Taškų naudojimas užblokuotas. Kortelė ir toliau kaupia taškus, o apdovanojimai ir kuponai lauks, kol jį atblokuosite.
spending-locking = Saugiai įrašyta šiame įrenginyje. Taškų naudojimas bus užblokuotas, kai programa tai patvirtins; iki tol kuponai kasoje galioja.
spending-unlocking = Saugiai įrašyta šiame įrenginyje. Taškų naudojimas bus atblokuotas, kai programa tai patvirtins. Tai, ką atsiimsite dabar, bus išsiųsta po to.
spending-lock = Užblokuoti taškų naudojimą
spending-unlock = Atblokuoti taškų naudojimą

## What a call answers
claim-queued = Atlikta. Apdovanojimo atsiėmimas saugiai įrašytas šiame įrenginyje ir bus patvirtintas, kai atsiras ryšys.
cancel-queued = Atlikta. Grąžinimas saugiai įrašytas šiame įrenginyje. Taškai grįš, kai programa jį patvirtins.
cancel-taken-back = Atšaukta. Nieko nebuvo išsiųsta, todėl nieko nenuskaičiuota.
retry-queued = Bus išsiųsta, kai tik atsiras ryšys.

## Signing out
sign-out-question = Atsijungti?
sign-out-explanation = Jūsų kortelė ir visi jūsų duomenys iš šio įrenginio bus ištrinti. Taškai lieka programoje ir vėl bus čia, kai prisijungsite.
sign-out-unsent = { $count ->
    [one] Neišsiųsta { $number } operacija. Jei atsijungsite, ji bus ištrinta ir nieko nepakeis:
    [few] Neišsiųstos { $number } operacijos. Jei atsijungsite, jos bus ištrintos ir nieko nepakeis:
    [many] Neišsiųsta { $number } operacijos. Jei atsijungsite, jos bus ištrintos ir nieko nepakeis:
   *[other] Neišsiųsta { $number } operacijų. Jei atsijungsite, jos bus ištrintos ir nieko nepakeis:
}
sign-out-advice = Jei neatsijungsite, tai bus išsiųsta, kai atsiras ryšys.
sign-out-advice-ended = Jei vietoj to prisijungsite iš naujo, tai bus išsiųsta.
sign-out-sent = { $count ->
    [one] Išsiųsta { $number } operacija laukia patvirtinimo. Ji dar gali įvykti:
    [few] Išsiųstos { $number } operacijos laukia patvirtinimo. Jos dar gali įvykti:
    [many] Išsiųsta { $number } operacijos laukia patvirtinimo. Jos dar gali įvykti:
   *[other] Išsiųsta { $number } operacijų laukia patvirtinimo. Jos dar gali įvykti:
}
sign-out-confirm = Atsijungti
sign-out-confirm-deleting = Ištrinti ir atsijungti
sign-out-cancel = Neatsijungti
sign-out-done = Atsijungėte. Šiame įrenginyje jūsų duomenų nebeliko.
sign-out-done-untold = Atsijungėte. Šiame įrenginyje jūsų duomenų nebeliko. Programa apie tai sužinos, kai atsiras ryšys.
sign-out-done-undeleted = Atsijungėte, ir nieko jūsų čia nebebus rodoma. Dar ne viską pavyko ištrinti; programėlė tai užbaigs pati.
wipe-done = Visi šios programėlės duomenys iš įrenginio ištrinti.

## Labels of the screens
label-card = Kortelė
label-opening = Kortelė atidaroma…
label-waiting = Laukia
label-refresh = Atnaujinti
label-try-again = Bandyti dar kartą
label-take-back = Atšaukti
label-dismiss = Paslėpti
label-sign-in = Prisijungti
label-sign-in-lead = Prisijunkite, kad čia matytumėte savo kortelę ir taškus.
label-address = El. paštas arba telefono numeris
label-send-code = Siųsti kodą
label-code = Kodas
label-code-lead = Įveskite kodą iš žinutės. Jei programa žino šį adresą, ji ateis per minutę.
label-other-address = Naudoti kitą adresą
label-settings = Nustatymai
label-allow-screenshots = Leisti ekrano nuotraukas
label-allow-screenshots-why = Kas turi jūsų kortelės nuotrauką, gali ja pasinaudoti kasoje.
label-back = Atgal
label-done = Atlikta

## Errors: a sentence each, with what to do next
error-signed-out = Pirmiausia įstokite į programą arba prisijunkite.
error-no-connection = Nėra ryšio su programa. Jūsų operacijos saugios ir bus išsiųstos vėliau.
error-timed-out = Programa laiku neatsakė. Netrukus bandykite dar kartą.
error-certificate = Ryšys su programa nesaugus, todėl nieko neišsiųsta. Pabandykite kitą tinklą.
error-certificate-date = Pagal šio įrenginio datą programos sertifikatas negalioja. Patikrinkite įrenginio datą ir laiką.
error-not-ours = Atsakė ne programa, o kažkas kita, pavyzdžiui, „Wi-Fi“ prisijungimo puslapis. Patikrinkite ryšį ir adresą.
error-outage = Programa dabar negali atsakyti. Jūsų operacijos saugios ir bus išsiųstos vėliau.
error-too-large = Programos atsakymas buvo per didelis, todėl nepanaudotas. Bandykite vėliau.
error-cleartext = Adresas turi prasidėti https://. Išimtis – tik paties šio įrenginio adresas.
error-too-many-tries = Per daug bandymų. Šiek tiek palaukite ir bandykite dar kartą.
error-code = Kodas neteisingas arba nebegalioja. Paprašykite naujo.
error-no-code-asked = Pirmiausia paprašykite kodo.
error-input-address = Įveskite el. pašto adresą arba telefono numerį su šalies kodu.
error-input-name = Vardas gali būti nuo 1 iki 100 ženklų.
error-input-code = { $count ->
    [one] Kodą sudaro { $number } skaitmuo. Patikrinkite jį ir įveskite dar kartą.
    [few] Kodą sudaro { $number } skaitmenys. Patikrinkite jį ir įveskite dar kartą.
    [many] Kodą sudaro { $number } skaitmens. Patikrinkite jį ir įveskite dar kartą.
   *[other] Kodą sudaro { $number } skaitmenų. Patikrinkite jį ir įveskite dar kartą.
}
error-input-key = Tai ne operacijos raktas. Nukopijuokite jį iš laukiančių operacijų sąrašo.
error-input-server = Tai ne programos adresas. Patikrinkite jį ir įveskite dar kartą.
error-input-refused = Programa nepriėmė įvestų duomenų. Patikrinkite juos ir bandykite dar kartą.
error-unknown-reward = Tokio apdovanojimo programoje nėra. Pasirinkite iš sąrašo.
error-not-synced = Dar nesinchronizuota. Pakanka vieną kartą prisijungti prie interneto.
error-unknown-action = Tokios operacijos čia nėra. Galbūt ji jau baigta: pažiūrėkite istoriją.
error-was-sent = Operacija galėjo būti jau išsiųsta, todėl jos atšaukti nebegalima. Palaukite rezultato.
error-cancel-underway = Jau grąžinama. Palaukite rezultato.
error-no-effect = Operacija nieko nepakeitė, todėl nėra ko grąžinti. Galite ją paslėpti.
error-voucher-closed = Šis kuponas panaudotas, grąžintas arba nebegalioja. Jo grąžinti nebegalima.
error-no-pass = Programa neturi kortelės šiai piniginei. Kasoje galioja kortelė programėlėje.
error-home-in-use = Piniginė jau atverta kitoje programėlėje. Pirmiausia užverkite ją ten.
error-newer-wallet = Šią piniginę išsaugojo naujesnė programėlės versija. Atnaujinkite programėlę.
error-wrong-key = Išsaugotos piniginės šio įrenginio raktu atverti nepavyksta. Nieko neištrinta.
error-locked = Įrenginio raktų saugykla dabar neprieinama. Atrakinkite įrenginį ir bandykite dar kartą.
error-disk-full = Įrenginio atmintis pilna. Atlaisvinkite vietos ir bandykite dar kartą.
error-read-only = Į piniginės aplanką rašyti negalima. Patikrinkite teises.
error-storage = Išsaugotos piniginės nepavyko perskaityti arba įrašyti. Uždarykite programėlę ir atverkite iš naujo.
error-closed = Piniginė buvo užverta. Nieko neprarasta; atverkite ją iš naujo.
error-internal = Programėlėje kažkas nepavyko. Nieko neprarasta. Bandykite dar kartą.
error-not-shown = Per tą laiką pasikeitė tai, kas laukia išsiuntimo. Prieš atsijungdami peržiūrėkite sąrašą dar kartą.
