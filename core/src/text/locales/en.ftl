# Everything that the core says to a member. Another language is another file with the same messages.
# Amounts come formatted, with their unit in the right plural form; counts come as numbers too, for the plural of the sentence.

## How old what is shown is
age-never = Not synced yet
age-now = Up to date
age-minutes = { $count ->
    [one] Updated { $number } minute ago
   *[other] Updated { $number } minutes ago
}
age-hours = { $count ->
    [one] Updated { $number } hour ago
   *[other] Updated { $number } hours ago
}
age-days = { $count ->
    [one] Updated { $number } day ago
   *[other] Updated { $number } days ago
}
notice-session-ended = You were signed out. Sign in again to go on. What is waiting here is not lost.
notice-key-lost = This device lost the key to its saved wallet. Sign in again; your points are safe with the programme.
notice-left-behind-title = Not sent
notice-left-behind = { $count ->
    [one] { $number } action of the membership that was signed in here before has not been sent: { $titles }. It is kept, and sent only when that same membership signs in again. If the programme no longer has it, it will never be sent.
   *[other] { $number } actions of the membership that was signed in here before have not been sent: { $titles }. They are kept, and sent only when that same membership signs in again. If the programme no longer has it, they will never be sent.
}
notice-took-effect = This did work after all. See your vouchers and your activity.
notice-took-effect-lock = This did work after all.
notice-forgotten-title = Your activity
notice-forgotten = { $count ->
    [one] The programme went back to an older copy and lost { $number } line of your activity. Ask there if something is missing.
   *[other] The programme went back to an older copy and lost { $number } lines of your activity. Ask there if something is missing.
}
notice-file-lost = The wallet saved on this device was damaged and can no longer be read. Sign in again; your points are safe with the programme. What was waiting here to be sent is lost.
notice-rescued-title = Your saved wallet
notice-rescued = The wallet saved on this device was damaged. Everything that you did was saved; the rest comes again from the programme.
notice-rescued-some = { $count ->
    [one] The wallet saved on this device was damaged, and { $number } waiting action could not be read. Look at your activity and do again what is missing.
   *[other] The wallet saved on this device was damaged, and { $number } waiting actions could not be read. Look at your activity and do again what is missing.
}
notice-rescued-perhaps = The wallet saved on this device was damaged. Perhaps not everything that was waiting here could be read. Look at your activity and do again what is missing.

## Dates
date = { $day } { $month } { $year }
date-time = { $date }, { $time }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

## Card
card-empty = Your card appears here after the first sync. Connect to the internet once.
card-needs-update = This programme's card needs a newer version of the app. Update the app.
card-has-no-code = The code of this card cannot be drawn. At the till, give the number: { $number }
card-revoked = This card is blocked and cannot be used any more. Ask the programme's service for help.
card-signed-out = Your card is hidden because you were signed out. Sign in again, and it is here at once.
card-stale = { $count ->
    [one] Your card is hidden because this device has not reached the programme for { $number } day. Connect to the internet once.
   *[other] Your card is hidden because this device has not reached the programme for { $number } days. Connect to the internet once.
}
card-not-ready = Your card is being set up. Connect to the internet once.
card-no-proof = There is no code for today on this device yet. Connect to the internet once.
card-code-changes = New code every minute
card-code-countdown = New code in { $number } s
card-clock-wrong = This device's clock shows { $shown }, but it is { $right }. The code is right all the same.
card-clock-unsure = This device's clock is wrong, and it has had no connection since it was switched on. The code may be refused: connect to the internet once.
card-code-wait = { $count ->
    [one] Two codes were used in one minute. The next one is good in { $number } second.
   *[other] Two codes were used in one minute. The next one is good in { $number } seconds.
}
card-locked = Spending is locked
card-description = Membership card of { $programme }, number { $number }. Show it at the till.
card-arrived = { $amount }
card-pending = { $count ->
    [one] { $number } action is waiting
   *[other] { $number } actions are waiting
}

## Balance
balance-empty = Your points appear here after the first sync. Connect to the internet once.
balance-pending = { $amount } waiting
balance-spendable = { $amount } left to spend
balance-lifetime = { $amount } collected since you joined

## Tiers
tiers-empty = Your tier appears here after the first sync. Connect to the internet once.
tiers-progress = { $amount } to { $tier } by { $date }
tiers-top = You are in the highest tier until { $date }
tiers-threshold = from { $amount }
tiers-threshold-none = for everybody

## Rewards
rewards-empty = No rewards yet. They appear here after the next sync.
reward-missing = { $amount } to go
reward-sold-out = Sold out
reward-over = No longer available
reward-not-yet = Available from { $date }
reward-tier = For { $tier } and higher
reward-spend-locked = Spending is locked. Unlock it in the settings.
reward-stock = { $count ->
    [one] { $number } left
   *[other] { $number } left
}

## Vouchers
vouchers-empty = No vouchers yet. Claim a reward and it appears here.
voucher-valid = Valid until { $date }
voucher-locked = Valid until { $date }, but spending is locked. Unlock it in the settings.
voucher-used = Used
voucher-expired = Expired
voucher-cancelled = Cancelled
voucher-pending = Waiting to be confirmed
voucher-unknown = Asking the programme whether this worked
voucher-cancelling = Being taken back

## Activity
activity-empty = Nothing here yet. Show your card at the till and your points appear.
activity-balance = Balance: { $amount }
activity-waiting = Waiting to be confirmed
entry-welcome = Welcome
entry-purchase = Purchase
entry-claim = Reward
entry-refund = Refund
entry-refund-of = Refund: { $title }
entry-return = Returned purchase
entry-expiry = Expired points
entry-adjustment = Correction
entry-other = Other

## Pending actions
pending-empty = Nothing is waiting.
pending-claim = Claim: { $reward }
pending-claim-gone = Claim of a reward
pending-cancel = Take back: { $reward }
pending-cancel-gone = Take back a reward
state-queued = Will be sent when there is a connection
state-sending = Being sent
state-confirmed = Confirmed
state-expired = Too old to be sent. Nothing was taken. Claim it again if you still want it.
state-expired-cancel = Too old to be sent. The voucher was not taken back; try again if you still want that.
state-expired-lock = Too old to be sent. Nothing was changed; try again if you still want it.
state-outcome-unknown = Asking the programme whether this worked
state-parked = Update the app to send this
reason-insufficient-points = Not enough points: { $needed } needed, { $available } available. Nothing was taken.
reason-unknown-reward = The programme no longer has this reward. Nothing was taken.
reason-reward-unavailable = This reward is not available now. Nothing was taken.
reason-sold-out = It was sold out. Nothing was taken.
reason-spend-locked = Spending was locked when it reached the programme. Nothing was taken. Unlock it in the settings, and claim again.
reason-tier-required = It is for { $tier } and higher. Nothing was taken.
reason-price-changed = It costs { $cost } now. Nothing was taken; claim it again if you want it at that price.
reason-expired = It reached the programme too late. Nothing was taken.
reason-dismissed = It was refused. Nothing was taken.
reason-dependency = What it depended on did not work, so it was not sent.
reason-nothing-to-cancel = There was nothing to take back.
reason-voucher-used = The voucher had been used already, so it was not taken back.
reason-voucher-expired = The voucher had run out already, so it was not taken back.
reason-cancel-refused = The programme refused. The voucher was not taken back.
reason-lock-refused = The programme refused. Nothing was changed.

## Spend lock
spending-title = Spending lock
spending-open = You can claim rewards and use vouchers. If you lock spending, your card only collects points.
spending-locked = Spending is locked. Your card goes on collecting points; rewards and vouchers wait until you unlock it.
spending-locking = Safe on this device. Spending is locked as soon as the programme confirms it; until then, vouchers still work at the till.
spending-unlocking = Safe on this device. Spending is unlocked as soon as the programme confirms it. What you claim now is sent after that.
spending-lock = Lock spending
spending-unlock = Unlock spending

## What a call answers
claim-queued = Claimed. It is safe on this device and will be confirmed when there is a connection.
cancel-queued = This is safe on this device. The points come back once the programme has confirmed it.
cancel-taken-back = Taken back. It had not been sent, so nothing was taken.
retry-queued = It will be sent as soon as there is a connection.

## Signing out
sign-out-question = Sign out?
sign-out-explanation = Your card and everything else of yours is deleted from this device. Your points stay with the programme, and are here again when you sign in.
sign-out-unsent = { $count ->
    [one] { $number } action has not been sent. If you sign out, it is deleted without effect:
   *[other] { $number } actions have not been sent. If you sign out, they are deleted without effect:
}
sign-out-advice = If you stay signed in, this is sent when there is a connection.
sign-out-advice-ended = If you sign in again instead, this is sent.
sign-out-sent = { $count ->
    [one] { $number } action has been sent and has not been confirmed. It may still take effect:
   *[other] { $number } actions have been sent and have not been confirmed. They may still take effect:
}
sign-out-confirm = Sign out
sign-out-confirm-deleting = Delete and sign out
sign-out-cancel = Stay signed in
sign-out-done = You are signed out. Nothing of yours is left on this device.
sign-out-done-untold = You are signed out. Nothing of yours is left on this device. The programme is told when there is a connection.
sign-out-done-undeleted = You are signed out, and nothing of yours is shown here any more. Not everything could be deleted yet; the app goes on with that by itself.
wipe-done = Everything of this app is deleted from this device.

## Labels of the screens
label-card = Card
label-opening = Opening your card…
label-waiting = Waiting
label-refresh = Refresh
label-try-again = Try again
label-take-back = Take back
label-dismiss = Dismiss
label-sign-in = Sign in
label-sign-in-lead = Sign in to see your card and your points here.
label-address = E-mail or telephone number
label-send-code = Send code
label-code = Code
label-code-lead = Enter the code from the message. If the address is known to the programme, it arrives within a minute.
label-other-address = Use another address
label-settings = Settings
label-allow-screenshots = Allow screenshots
label-allow-screenshots-why = Whoever has a picture of your card can use it at the till.
label-back = Back
label-done = Done

## Errors: a sentence each, with what to do next
error-signed-out = You are not signed in. Join or sign in first.
error-no-connection = No connection to the programme. What you did is safe and will be sent later.
error-timed-out = The programme did not answer in time. Try again in a moment.
error-certificate = The connection to the programme is not secure, so nothing was sent. Try another network.
error-certificate-date = The programme's certificate is not valid at this device's date. Check the date and time of the device.
error-not-ours = Something other than the programme answered, such as a Wi-Fi sign-in page. Check the connection and the address.
error-outage = The programme cannot answer now. What you did is safe and will be sent later.
error-too-large = The programme's answer was too large and was not used. Try again later.
error-cleartext = The address must begin with https://. The only exception is an address of this device itself.
error-too-many-tries = Too many tries. Wait a while and try again.
error-code = The code is wrong or has expired. Ask for a new one.
error-no-code-asked = Ask for a code first.
error-input-address = Enter an e-mail address, or a telephone number with its country code.
error-input-name = A name has 1 to 100 characters.
error-input-code = { $count ->
    [one] A code has { $number } digit. Check it and enter it again.
   *[other] A code has { $number } digits. Check it and enter it again.
}
error-input-key = That is not the key of an action. Copy it from the list of waiting actions.
error-input-server = That is not the address of a programme. Check it and enter it again.
error-input-refused = The programme did not accept what was entered. Check it and try again.
error-unknown-reward = The programme has no such reward. Choose one from the list.
error-not-synced = Nothing has been synced yet. Connect to the internet once.
error-unknown-action = There is no such action here. It may be finished already: see your activity.
error-was-sent = It may already have been sent, so it can no longer be taken back. Wait for its outcome.
error-cancel-underway = It is being taken back already. Wait for the outcome.
error-no-effect = It had no effect, so there is nothing to take back. You can dismiss it.
error-voucher-closed = This voucher was used, was taken back or has run out. It can no longer be taken back.
error-no-pass = The programme has no pass for this wallet. The card in the app works at the till.
error-home-in-use = The wallet is already open in another app. Close it there first.
error-newer-wallet = This wallet was saved by a newer version of the app. Update the app.
error-wrong-key = The saved wallet cannot be opened with this device's key. Nothing was deleted.
error-locked = The device's key store cannot be read now. Unlock the device and try again.
error-disk-full = The device's storage is full. Free some space and try again.
error-read-only = The wallet's folder cannot be written. Check its permissions.
error-storage = The saved wallet could not be read or written. Close the app and open it again.
error-closed = The wallet was closed. Nothing was lost; open it again.
error-internal = Something went wrong in the app. Nothing was lost. Try again.
error-not-shown = What waits has changed meanwhile. Look at the list again before you sign out.
