# Russian. The member is addressed with "вы" in lower case, and never has a gender: no past tense about the member.
# Amounts, names of tiers and titles come in the nominative, so they stand after a colon, or in quotes after their noun.

## How old what is shown is
age-never = Ещё не синхронизировано
age-now = Обновлено только что
age-minutes = { $count ->
    [one] Обновлено { $number } минуту назад
    [few] Обновлено { $number } минуты назад
    [many] Обновлено { $number } минут назад
   *[other] Обновлено { $number } минуты назад
}
age-hours = { $count ->
    [one] Обновлено { $number } час назад
    [few] Обновлено { $number } часа назад
    [many] Обновлено { $number } часов назад
   *[other] Обновлено { $number } часа назад
}
age-days = { $count ->
    [one] Обновлено { $number } день назад
    [few] Обновлено { $number } дня назад
    [many] Обновлено { $number } дней назад
   *[other] Обновлено { $number } дня назад
}
notice-session-ended = Сеанс завершён. Войдите снова. То, что ждёт отправки, не потеряется.
notice-key-lost = На этом устройстве утерян ключ к сохранённому кошельку. Войдите снова. Ваши баллы в программе в безопасности.

## Dates
date = { $day } { $month } { $year } г.
date-time = { $date }, { $time }
month-1 = января
month-2 = февраля
month-3 = марта
month-4 = апреля
month-5 = мая
month-6 = июня
month-7 = июля
month-8 = августа
month-9 = сентября
month-10 = октября
month-11 = ноября
month-12 = декабря

## Card
card-empty = Карта появится здесь после первой синхронизации. Достаточно один раз подключиться к интернету.
card-needs-update = Для карты этой программы нужна более новая версия приложения. Обновите приложение.
card-description = Карта программы «{ $programme }», номер { $number }. Покажите её на кассе.
card-arrived = { $amount }
card-pending = { $count ->
    [one] Ожидает { $number } операция
    [few] Ожидают { $number } операции
    [many] Ожидает { $number } операций
   *[other] Ожидает { $number } операции
}

## Balance
balance-empty = Баллы появятся здесь после первой синхронизации. Достаточно один раз подключиться к интернету.
balance-pending = В ожидании: { $amount }
balance-spendable = Можно потратить: { $amount }
balance-lifetime = Накоплено за всё время: { $amount }

## Tiers
tiers-empty = Ваш уровень появится здесь после первой синхронизации. Достаточно один раз подключиться к интернету.
tiers-progress = До уровня «{ $tier }» осталось: { $amount }, срок — до { $date }
tiers-top = У вас высший уровень, он действует до { $date }
tiers-threshold = порог: { $amount }
tiers-threshold-none = для всех

## Rewards
rewards-empty = Наград пока нет. Они появятся здесь после следующей синхронизации.
reward-missing = Не хватает: { $amount }
reward-sold-out = Нет в наличии
reward-over = Больше недоступно
reward-not-yet = Доступно с { $date }
reward-tier = Для уровня «{ $tier }» и выше
reward-stock = { $count ->
    [one] Осталась { $number } штука
    [few] Осталось { $number } штуки
    [many] Осталось { $number } штук
   *[other] Осталось { $number } штуки
}

## Vouchers
vouchers-empty = Купонов пока нет. Получите награду, и купон появится здесь.
voucher-valid = Действует до { $date }
voucher-used = Использован
voucher-expired = Срок истёк
voucher-cancelled = Отменён
voucher-pending = Ждёт подтверждения
voucher-unknown = Уточняем у программы, всё ли получилось

## Activity
activity-empty = Здесь пока ничего нет. Покажите карту на кассе, и баллы появятся.
activity-balance = Баланс: { $amount }
activity-waiting = Ждёт подтверждения
entry-welcome = Приветственный бонус
entry-purchase = Покупка
entry-claim = Награда
entry-refund = Возврат
entry-expiry = Сгоревшие баллы
entry-adjustment = Корректировка
entry-other = Другое

## Pending actions
pending-empty = Ожидающих операций нет.
pending-claim = Получение награды: { $reward }
pending-claim-gone = Получение награды
state-queued = Отправим, когда появится связь
state-sending = Отправляется
state-confirmed = Подтверждено
state-expired = Отправлять уже поздно. Ничего не списано. Если награда вам всё ещё нужна, получите её заново.
state-outcome-unknown = Уточняем у программы, всё ли получилось
state-parked = Обновите приложение, чтобы это отправить
reason-insufficient-points = Не хватает баллов. Нужно: { $needed }, доступно: { $available }. Ничего не списано.
reason-unknown-reward = Этой награды в программе больше нет. Ничего не списано.
reason-reward-unavailable = Эта награда сейчас недоступна. Ничего не списано.
reason-sold-out = Эта награда закончилась. Ничего не списано.
reason-tier-required = Эта награда — для уровня «{ $tier }» и выше. Ничего не списано.
reason-price-changed = Новая цена: { $cost }. Ничего не списано. Если цена вам подходит, получите награду заново.
reason-expired = Операция дошла до программы слишком поздно. Ничего не списано.
reason-dismissed = Программа отказала. Ничего не списано.
reason-dependency = Не получилось то, от чего зависела эта операция, поэтому она не отправлена.

## What a call answers
claim-queued = Готово. Получение награды надёжно сохранено на этом устройстве и будет подтверждено, когда появится связь.

## Labels of the screens
label-card = Карта
label-opening = Открываем карту…
label-waiting = Ожидают
label-refresh = Обновить
label-try-again = Повторить
label-take-back = Отменить
label-dismiss = Скрыть
label-sign-in = Войти
label-sign-in-lead = Войдите, чтобы видеть здесь свою карту и баллы.
label-address = Эл. почта или номер телефона
label-send-code = Отправить код
label-code = Код
label-code-lead = Введите код из сообщения. Если программа знает этот адрес, оно придёт в течение минуты.
label-other-address = Указать другой адрес
label-settings = Настройки
label-allow-screenshots = Разрешить снимки экрана
label-allow-screenshots-why = Тот, у кого есть снимок вашей карты, может использовать её на кассе.
label-back = Назад
label-done = Готово

## Errors: a sentence each, with what to do next
error-signed-out = Сначала вступите в программу или войдите.
error-no-connection = Нет связи с программой. Ваши операции в безопасности, мы отправим их позже.
error-timed-out = Программа не ответила вовремя. Попробуйте ещё раз чуть позже.
error-certificate = Соединение с программой небезопасно, поэтому ничего не отправлено. Попробуйте другую сеть.
error-certificate-date = Судя по дате на этом устройстве, сертификат программы недействителен. Проверьте дату и время на устройстве.
error-not-ours = Ответила не программа, а что-то другое, например страница входа в Wi-Fi. Проверьте подключение и адрес.
error-outage = Программа сейчас не может ответить. Ваши операции в безопасности, мы отправим их позже.
error-too-large = Ответ программы слишком большой и не был использован. Попробуйте позже.
error-cleartext = Адрес должен начинаться с https://. Исключение — только адрес самого этого устройства.
error-too-many-tries = Слишком много попыток. Немного подождите и попробуйте снова.
error-code = Код неверный или устарел. Запросите новый.
error-no-code-asked = Сначала запросите код.
error-input-address = Введите адрес электронной почты или номер телефона с кодом страны.
error-input-name = В имени может быть от 1 до 100 символов.
error-input-code = { $count ->
    [one] Код состоит из { $number } цифры. Проверьте его и введите снова.
    [few] Код состоит из { $number } цифр. Проверьте его и введите снова.
    [many] Код состоит из { $number } цифр. Проверьте его и введите снова.
   *[other] Код состоит из { $number } цифры. Проверьте его и введите снова.
}
error-input-key = Это не ключ операции. Скопируйте его из списка ожидающих операций.
error-input-server = Это не адрес программы. Проверьте его и введите снова.
error-input-refused = Программа не приняла введённые данные. Проверьте их и попробуйте снова.
error-unknown-reward = Такой награды в программе нет. Выберите награду из списка.
error-not-synced = Синхронизации ещё не было. Достаточно один раз подключиться к интернету.
error-unknown-action = Такой операции здесь нет. Возможно, она уже завершена: посмотрите историю.
error-was-sent = Операция могла быть уже отправлена, поэтому отменить её нельзя. Дождитесь результата.
error-home-in-use = Кошелёк уже открыт в другом приложении. Сначала закройте его там.
error-newer-wallet = Этот кошелёк сохранён более новой версией приложения. Обновите приложение.
error-wrong-key = Сохранённый кошелёк не открывается ключом этого устройства. Ничего не удалено.
error-locked = Хранилище ключей устройства сейчас недоступно. Разблокируйте устройство и попробуйте снова.
error-disk-full = Память устройства заполнена. Освободите место и попробуйте снова.
error-read-only = В папку кошелька нельзя записывать. Проверьте права доступа.
error-storage = Не удалось прочитать или записать сохранённый кошелёк. Закройте приложение и откройте снова.
error-closed = Кошелёк был закрыт. Ничего не потеряно; откройте его снова.
error-internal = В приложении что-то пошло не так. Ничего не потеряно. Попробуйте ещё раз.
