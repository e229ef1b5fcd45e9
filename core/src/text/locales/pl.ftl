# Polish. The member is "Ty", with a capital letter, and never has a gender: "Wylogowano", not "Zostałeś wylogowany".
# Amounts, names of tiers and titles come in the nominative, so they stand after a colon, or in quotes after their noun.

## How old what is shown is
age-never = Jeszcze nie zsynchronizowano
age-now = Zaktualizowano przed chwilą
age-minutes = { $count ->
    [one] Zaktualizowano { $number } minutę temu
    [few] Zaktualizowano { $number } minuty temu
    [many] Zaktualizowano { $number } minut temu
   *[other] Zaktualizowano { $number } minuty temu
}
age-hours = { $count ->
    [one] Zaktualizowano { $number } godzinę temu
    [few] Zaktualizowano { $number } godziny temu
    [many] Zaktualizowano { $number } godzin temu
   *[other] Zaktualizowano { $number } godziny temu
}
age-days = { $count ->
    [one] Zaktualizowano { $number } dzień temu
    [few] Zaktualizowano { $number } dni temu
    [many] Zaktualizowano { $number } dni temu
   *[other] Zaktualizowano { $number } dnia temu
}
notice-session-ended = Wylogowano Cię. Zaloguj się ponownie. To, co czeka na wysłanie, nie przepadnie.
notice-key-lost = To urządzenie utraciło klucz do zapisanego portfela. Zaloguj się ponownie. Twoje punkty są bezpieczne w programie.
notice-left-behind-title = Nie wysłano
notice-left-behind = { $count ->
    [one] Nie wysłano { $number } operacji członkostwa, które było tu zalogowane wcześniej: { $titles }. Pozostaje zapisana i zostanie wysłana tylko po ponownym zalogowaniu na to samo członkostwo. Jeśli nie ma go już w programie, nie zostanie wysłana nigdy.
    [few] Nie wysłano { $number } operacji członkostwa, które było tu zalogowane wcześniej: { $titles }. Pozostają zapisane i zostaną wysłane tylko po ponownym zalogowaniu na to samo członkostwo. Jeśli nie ma go już w programie, nie zostaną wysłane nigdy.
    [many] Nie wysłano { $number } operacji członkostwa, które było tu zalogowane wcześniej: { $titles }. Pozostają zapisane i zostaną wysłane tylko po ponownym zalogowaniu na to samo członkostwo. Jeśli nie ma go już w programie, nie zostaną wysłane nigdy.
   *[other] Nie wysłano { $number } operacji członkostwa, które było tu zalogowane wcześniej: { $titles }. Pozostają zapisane i zostaną wysłane tylko po ponownym zalogowaniu na to samo członkostwo. Jeśli nie ma go już w programie, nie zostaną wysłane nigdy.
}
notice-took-effect = Jednak się udało. Zobacz kupony i historię.
notice-took-effect-lock = Jednak się udało.
notice-forgotten-title = Twoja historia
notice-forgotten = { $count ->
    [one] Program wrócił do starszej kopii i brakuje w nim { $number } pozycji Twojej historii. Jeśli coś się nie zgadza, zapytaj w programie.
    [few] Program wrócił do starszej kopii i brakuje w nim { $number } pozycji Twojej historii. Jeśli coś się nie zgadza, zapytaj w programie.
    [many] Program wrócił do starszej kopii i brakuje w nim { $number } pozycji Twojej historii. Jeśli coś się nie zgadza, zapytaj w programie.
   *[other] Program wrócił do starszej kopii i brakuje w nim { $number } pozycji Twojej historii. Jeśli coś się nie zgadza, zapytaj w programie.
}
notice-file-lost = Portfel zapisany na tym urządzeniu był uszkodzony i nie da się go już odczytać. Zaloguj się ponownie. Twoje punkty są bezpieczne w programie. To, co czekało tu na wysłanie, przepadło.
notice-rescued-title = Twój zapisany portfel
notice-rescued = Portfel zapisany na tym urządzeniu był uszkodzony. Wszystko, co tu zrobiono, udało się zachować. Reszta zostanie ponownie pobrana z programu.
notice-rescued-some = { $count ->
    [one] Portfel zapisany na tym urządzeniu był uszkodzony. Nie udało się odczytać { $number } czekającej operacji. Sprawdź historię i powtórz to, czego brakuje.
    [few] Portfel zapisany na tym urządzeniu był uszkodzony. Nie udało się odczytać { $number } czekających operacji. Sprawdź historię i powtórz to, czego brakuje.
    [many] Portfel zapisany na tym urządzeniu był uszkodzony. Nie udało się odczytać { $number } czekających operacji. Sprawdź historię i powtórz to, czego brakuje.
   *[other] Portfel zapisany na tym urządzeniu był uszkodzony. Nie udało się odczytać { $number } czekającej operacji. Sprawdź historię i powtórz to, czego brakuje.
}
notice-rescued-perhaps = Portfel zapisany na tym urządzeniu był uszkodzony. Być może nie udało się odczytać wszystkiego, co tu czekało. Sprawdź historię i powtórz to, czego brakuje.

## Dates
date = { $day } { $month } { $year }
date-time = { $date }, { $time }
month-1 = stycznia
month-2 = lutego
month-3 = marca
month-4 = kwietnia
month-5 = maja
month-6 = czerwca
month-7 = lipca
month-8 = sierpnia
month-9 = września
month-10 = października
month-11 = listopada
month-12 = grudnia

## Card
card-empty = Twoja karta pojawi się tutaj po pierwszej synchronizacji. Wystarczy raz połączyć się z internetem.
card-needs-update = Karta tego programu wymaga nowszej wersji aplikacji. Zaktualizuj aplikację.
card-has-no-code = Nie można narysować kodu tej karty. Przy kasie podaj numer: { $number }
card-revoked = Ta karta jest zablokowana i nie można jej już używać. Zwróć się o pomoc do obsługi programu.
card-signed-out = Karta jest ukryta, bo Cię wylogowano. Zaloguj się ponownie, a od razu tu będzie.
card-stale = { $count ->
    [one] Karta jest ukryta, bo to urządzenie nie miało połączenia z programem przez { $number } dzień. Połącz się raz z internetem.
    [few] Karta jest ukryta, bo to urządzenie nie miało połączenia z programem przez { $number } dni. Połącz się raz z internetem.
    [many] Karta jest ukryta, bo to urządzenie nie miało połączenia z programem przez { $number } dni. Połącz się raz z internetem.
   *[other] Karta jest ukryta, bo to urządzenie nie miało połączenia z programem przez { $number } dnia. Połącz się raz z internetem.
}
card-not-ready = Trwa przygotowywanie karty. Połącz się raz z internetem.
card-no-proof = Na tym urządzeniu nie ma jeszcze kodu na dziś. Połącz się raz z internetem.
card-code-changes = Nowy kod co minutę
card-code-countdown = Nowy kod za { $number } s
card-clock-wrong = Zegar tego urządzenia pokazuje { $shown }, a jest { $right }. Kod i tak jest prawidłowy.
card-clock-unsure = Zegar tego urządzenia jest ustawiony błędnie, a od włączenia nie było połączenia. Kod może zostać odrzucony: połącz się raz z internetem.
card-code-wait = { $count ->
    [one] W ciągu minuty użyto dwóch kodów. Następny będzie ważny za { $number } sekundę.
    [few] W ciągu minuty użyto dwóch kodów. Następny będzie ważny za { $number } sekundy.
    [many] W ciągu minuty użyto dwóch kodów. Następny będzie ważny za { $number } sekund.
   *[other] W ciągu minuty użyto dwóch kodów. Następny będzie ważny za { $number } sekundy.
}
card-locked = Wydawanie punktów jest zablokowane
card-description = Karta członkowska programu „{ $programme }”, numer { $number }. Pokaż ją przy kasie.
card-arrived = { $amount }
card-pending = { $count ->
    [one] { $number } operacja czeka
    [few] { $number } operacje czekają
    [many] { $number } operacji czeka
   *[other] { $number } operacji czeka
}

## Balance
balance-empty = Twoje punkty pojawią się tutaj po pierwszej synchronizacji. Wystarczy raz połączyć się z internetem.
balance-pending = Oczekuje: { $amount }
balance-spendable = Do wydania: { $amount }
balance-lifetime = Zebrano od dołączenia do programu: { $amount }

## Tiers
tiers-empty = Twój poziom pojawi się tutaj po pierwszej synchronizacji. Wystarczy raz połączyć się z internetem.
tiers-progress = Do poziomu „{ $tier }” brakuje: { $amount }, czas do { $date }
tiers-top = Masz najwyższy poziom, ważny do { $date }
tiers-threshold = próg: { $amount }
tiers-threshold-none = dla każdego

## Rewards
rewards-empty = Nie ma jeszcze nagród. Pojawią się tutaj po następnej synchronizacji.
reward-missing = Brakuje: { $amount }
reward-sold-out = Wyprzedane
reward-over = Już niedostępne
reward-not-yet = Dostępne od { $date }
reward-tier = Dla poziomu „{ $tier }” i wyższych
reward-spend-locked = Wydawanie jest zablokowane. Odblokuj je w ustawieniach.
reward-stock = { $count ->
    [one] Została { $number } sztuka
    [few] Zostały { $number } sztuki
    [many] Zostało { $number } sztuk
   *[other] Zostało { $number } sztuki
}

## Vouchers
vouchers-empty = Nie masz jeszcze kuponów. Odbierz nagrodę, a kupon pojawi się tutaj.
voucher-valid = Ważny do { $date }
voucher-locked = Ważny do { $date }, ale wydawanie jest zablokowane. Odblokuj je w ustawieniach.
voucher-used = Wykorzystany
voucher-expired = Wygasł
voucher-cancelled = Anulowany
voucher-pending = Czeka na potwierdzenie
voucher-unknown = Sprawdzamy w programie, czy się udało
voucher-cancelling = Trwa cofanie

## Activity
activity-empty = Nic tu jeszcze nie ma. Pokaż kartę przy kasie, a pojawią się Twoje punkty.
activity-balance = Saldo: { $amount }
activity-waiting = Czeka na potwierdzenie
entry-welcome = Na powitanie
entry-purchase = Zakupy
entry-claim = Nagroda
entry-refund = Zwrot
entry-refund-of = Zwrot: { $title }
entry-return = Zwrot zakupu
entry-expiry = Wygasłe punkty
entry-adjustment = Korekta
entry-other = Inne

## Pending actions
pending-empty = Nic nie czeka.
pending-claim = Odbiór nagrody: { $reward }
pending-claim-gone = Odbiór nagrody
pending-cancel = Cofnięcie odbioru: { $reward }
pending-cancel-gone = Cofnięcie odbioru nagrody
state-queued = Zostanie wysłane, gdy będzie połączenie
state-sending = Trwa wysyłanie
state-confirmed = Potwierdzone
state-expired = Na wysłanie jest już za późno. Niczego nie pobrano. Jeśli nadal chcesz tę nagrodę, odbierz ją ponownie.
state-expired-cancel = Na wysłanie jest już za późno. Kupon nie został cofnięty. Jeśli nadal tego chcesz, spróbuj ponownie.
state-expired-lock = Na wysłanie jest już za późno. Nic się nie zmieniło. Jeśli nadal tego chcesz, spróbuj ponownie.
state-outcome-unknown = Sprawdzamy w programie, czy się udało
state-parked = Zaktualizuj aplikację, aby to wysłać
reason-insufficient-points = Za mało punktów. Potrzeba: { $needed }, dostępne: { $available }. Niczego nie pobrano.
reason-unknown-reward = Tej nagrody nie ma już w programie. Niczego nie pobrano.
reason-reward-unavailable = Ta nagroda jest teraz niedostępna. Niczego nie pobrano.
reason-sold-out = Tej nagrody już zabrakło. Niczego nie pobrano.
reason-spend-locked = Gdy dotarło to do programu, wydawanie było zablokowane. Niczego nie pobrano. Odblokuj je w ustawieniach i odbierz nagrodę ponownie.
reason-tier-required = Ta nagroda jest dla poziomu „{ $tier }” i wyższych. Niczego nie pobrano.
reason-price-changed = Nowa cena: { $cost }. Niczego nie pobrano. Jeśli ta cena Ci odpowiada, odbierz nagrodę ponownie.
reason-expired = Dotarło to do programu za późno. Niczego nie pobrano.
reason-dismissed = Program odmówił. Niczego nie pobrano.
reason-dependency = Nie udało się to, od czego zależała ta operacja, więc jej nie wysłano.
reason-nothing-to-cancel = Nie było czego cofać.
reason-voucher-used = Kupon był już wykorzystany, więc nie został cofnięty.
reason-voucher-expired = Kupon stracił już ważność, więc nie został cofnięty.
reason-cancel-refused = Program odmówił. Kupon nie został cofnięty.
reason-lock-refused = Program odmówił. Nic się nie zmieniło.

## Spend lock
spending-title = Blokada wydawania punktów
spending-open = Możesz odbierać nagrody i korzystać z kuponów. Po włączeniu blokady karta tylko zbiera punkty.
spending-locked = Wydawanie jest zablokowane. Karta nadal zbiera punkty, a nagrody i kupony czekają, aż je odblokujesz.
spending-locking = Polecenie jest bezpiecznie zapisane na tym urządzeniu. Blokada zadziała, gdy program ją potwierdzi; do tego czasu kupony działają przy kasie.
spending-unlocking = Polecenie jest bezpiecznie zapisane na tym urządzeniu. Blokada zniknie, gdy program to potwierdzi. Dopiero wtedy zostanie wysłane to, co teraz odbierzesz.
spending-lock = Zablokuj wydawanie
spending-unlock = Odblokuj wydawanie

## What a call answers
claim-queued = Gotowe. Odbiór nagrody jest bezpiecznie zapisany na tym urządzeniu i zostanie potwierdzony, gdy będzie połączenie.
cancel-queued = To polecenie jest bezpiecznie zapisane na tym urządzeniu. Punkty wrócą, gdy program je potwierdzi.
cancel-taken-back = Cofnięto. Nic nie zostało wysłane, więc niczego nie pobrano.
retry-queued = Zostanie wysłane, gdy tylko będzie połączenie.

## Signing out
sign-out-question = Wylogować się?
sign-out-explanation = Karta i wszystkie Twoje dane zostaną usunięte z tego urządzenia. Punkty pozostają w programie i wrócą tu po zalogowaniu.
sign-out-unsent = { $count ->
    [one] { $number } operacja nie została wysłana. Jeśli się wylogujesz, zostanie usunięta i nie będzie miała skutku:
    [few] { $number } operacje nie zostały wysłane. Jeśli się wylogujesz, zostaną usunięte i nie będą miały skutku:
    [many] { $number } operacji nie zostało wysłanych. Jeśli się wylogujesz, zostaną usunięte i nie będą miały skutku:
   *[other] { $number } operacji nie zostało wysłane. Jeśli się wylogujesz, zostaną usunięte i nie będą miały skutku:
}
sign-out-advice = Jeśli się nie wylogujesz, zostanie to wysłane, gdy będzie połączenie.
sign-out-advice-ended = Jeśli zamiast tego zalogujesz się ponownie, zostanie to wysłane.
sign-out-sent = { $count ->
    [one] { $number } operacja została wysłana i czeka na potwierdzenie. Nadal może mieć skutek:
    [few] { $number } operacje zostały wysłane i czekają na potwierdzenie. Nadal mogą mieć skutek:
    [many] { $number } operacji zostało wysłanych i czeka na potwierdzenie. Nadal mogą mieć skutek:
   *[other] { $number } operacji zostało wysłane i czeka na potwierdzenie. Nadal mogą mieć skutek:
}
sign-out-confirm = Wyloguj się
sign-out-confirm-deleting = Usuń i wyloguj się
sign-out-cancel = Nie wylogowuj
sign-out-done = Wylogowano. Na tym urządzeniu nie ma już Twoich danych.
sign-out-done-untold = Wylogowano. Na tym urządzeniu nie ma już Twoich danych. Program dowie się o tym, gdy będzie połączenie.
sign-out-done-undeleted = Wylogowano i nic Twojego nie będzie tu już widoczne. Nie wszystko udało się jeszcze usunąć; aplikacja dokończy to sama.
wipe-done = Wszystkie dane tej aplikacji zostały usunięte z tego urządzenia.

## Labels of the screens
label-card = Karta
label-opening = Otwieranie karty…
label-waiting = Oczekujące
label-refresh = Odśwież
label-try-again = Spróbuj ponownie
label-take-back = Cofnij
label-dismiss = Usuń z listy
label-sign-in = Zaloguj się
label-sign-in-lead = Zaloguj się, aby zobaczyć tu swoją kartę i punkty.
label-address = E-mail lub numer telefonu
label-send-code = Wyślij kod
label-code = Kod
label-code-lead = Wpisz kod z wiadomości. Jeśli program zna ten adres, wiadomość przyjdzie w ciągu minuty.
label-other-address = Użyj innego adresu
label-settings = Ustawienia
label-allow-screenshots = Zezwalaj na zrzuty ekranu
label-allow-screenshots-why = Kto ma zdjęcie Twojej karty, może jej użyć przy kasie.
label-back = Wstecz
label-done = Gotowe

## Errors: a sentence each, with what to do next
error-signed-out = Najpierw dołącz do programu albo zaloguj się.
error-no-connection = Brak połączenia z programem. Twoje operacje są bezpieczne i zostaną wysłane później.
error-timed-out = Program nie odpowiedział na czas. Spróbuj ponownie za chwilę.
error-certificate = Połączenie z programem nie jest bezpieczne, więc nic nie zostało wysłane. Spróbuj w innej sieci.
error-certificate-date = Według daty na tym urządzeniu certyfikat programu jest nieważny. Sprawdź datę i godzinę w urządzeniu.
error-not-ours = Odpowiedział nie program, lecz coś innego, na przykład strona logowania do Wi-Fi. Sprawdź połączenie i adres.
error-outage = Program nie może teraz odpowiedzieć. Twoje operacje są bezpieczne i zostaną wysłane później.
error-too-large = Odpowiedź programu była zbyt duża i została odrzucona. Spróbuj ponownie później.
error-cleartext = Adres musi zaczynać się od https://. Wyjątkiem jest tylko adres tego urządzenia.
error-too-many-tries = Zbyt wiele prób. Odczekaj chwilę i spróbuj ponownie.
error-code = Kod jest błędny lub wygasł. Poproś o nowy.
error-no-code-asked = Najpierw poproś o kod.
error-input-address = Podaj adres e-mail albo numer telefonu z numerem kierunkowym kraju.
error-input-name = Imię może mieć od 1 do 100 znaków.
error-input-code = { $count ->
    [one] Kod ma { $number } cyfrę. Sprawdź go i wpisz ponownie.
    [few] Kod ma { $number } cyfry. Sprawdź go i wpisz ponownie.
    [many] Kod ma { $number } cyfr. Sprawdź go i wpisz ponownie.
   *[other] Kod ma { $number } cyfry. Sprawdź go i wpisz ponownie.
}
error-input-key = To nie jest klucz operacji. Skopiuj go z listy oczekujących operacji.
error-input-server = To nie jest adres programu. Sprawdź go i wpisz ponownie.
error-input-refused = Program nie przyjął wpisanych danych. Sprawdź je i spróbuj ponownie.
error-unknown-reward = W programie nie ma takiej nagrody. Wybierz nagrodę z listy.
error-not-synced = Nie było jeszcze synchronizacji. Wystarczy raz połączyć się z internetem.
error-unknown-action = Nie ma tu takiej operacji. Może już się zakończyła: sprawdź historię.
error-was-sent = Ta operacja mogła już zostać wysłana, więc nie można jej cofnąć. Poczekaj na wynik.
error-cancel-underway = Trwa już cofanie. Poczekaj na wynik.
error-no-effect = Ta operacja nie miała skutku, więc nie ma czego cofać. Możesz usunąć ją z listy.
error-voucher-closed = Ten kupon został wykorzystany, cofnięty albo stracił ważność. Nie można go już cofnąć.
error-no-pass = Program nie oferuje karty do tego portfela. Przy kasie działa karta w aplikacji.
error-home-in-use = Portfel jest już otwarty w innej aplikacji. Najpierw zamknij go tam.
error-newer-wallet = Ten portfel został zapisany przez nowszą wersję aplikacji. Zaktualizuj aplikację.
error-wrong-key = Zapisanego portfela nie da się otworzyć kluczem z tego urządzenia. Niczego nie usunięto.
error-locked = Nie można teraz odczytać magazynu kluczy urządzenia. Odblokuj urządzenie i spróbuj ponownie.
error-disk-full = Brak miejsca w pamięci urządzenia. Zwolnij trochę miejsca i spróbuj ponownie.
error-read-only = Nie można zapisywać w folderze portfela. Sprawdź uprawnienia.
error-storage = Nie udało się odczytać lub zapisać portfela. Zamknij aplikację i otwórz ją ponownie.
error-closed = Portfel został zamknięty. Nic nie przepadło; otwórz go ponownie.
error-internal = Coś poszło nie tak w aplikacji. Nic nie przepadło. Spróbuj ponownie.
error-not-shown = W międzyczasie zmieniło się to, co czeka na wysłanie. Przed wylogowaniem sprawdź listę jeszcze raz.
