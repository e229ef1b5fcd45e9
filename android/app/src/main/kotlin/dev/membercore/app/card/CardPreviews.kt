// One preview for each state of the card's screen, with made-up members; the pictures in the tests are of these. Must not be used by the
// app itself. Needs no native library, which an editor does not have.

package dev.membercore.app.card

import androidx.compose.runtime.Composable
import androidx.compose.ui.tooling.preview.Preview
import dev.membercore.Card
import dev.membercore.CardView
import dev.membercore.Labels
import dev.membercore.LiveCode
import dev.membercore.PendingAction
import dev.membercore.Status
import dev.membercore.Symbol
import dev.membercore.SymbolDrawing
import dev.membercore.Symbology
import dev.membercore.app.ui.MemberTheme

/** What the previews show. */
internal object CardSamples {
    /** The core's English words; a test holds them to the core's. */
    val labels =
        Labels(
            card = "Card",
            opening = "Opening your card…",
            waiting = "Waiting",
            refresh = "Refresh",
            tryAgain = "Try again",
            takeBack = "Take back",
            dismiss = "Dismiss",
            signIn = "Sign in",
            signInLead = "Sign in to see your card and your points here.",
            address = "E-mail or telephone number",
            sendCode = "Send code",
            code = "Code",
            codeLead = "Enter the code from the message. If the address is known to the programme, it arrives within a minute.",
            otherAddress = "Use another address",
            settings = "Settings",
            allowScreenshots = "Allow screenshots",
            allowScreenshotsWhy = "Whoever has a picture of your card can use it at the till.",
            back = "Back",
            done = "Done",
        )

    /** A QR code of 9820894020311473. */
    private fun symbol(modules: String) =
        Symbol(
            symbology = Symbology.QR,
            width = 21u,
            height = 21u,
            modules = modules.map { if (it == '#') 1.toByte() else 0.toByte() }.toByteArray(),
        )

    private val card =
        Card(
            programme = "Market",
            member = "Ada Lovelace",
            number = "9820 8940 2031 1473",
            symbol = symbol(MODULES),
            code = null,
            tier = "Bronze",
            balance = "135\u00A0points",
            pending = null,
            locked = null,
            arrived = null,
            description = "Membership card of Market, number 9820 8940 2031 1473. Show it at the till.",
        )

    private val code42 =
        LiveCode(
            changesInMs = 42_000u,
            periodMs = 60_000u,
            text = "New code every minute",
            countdown = "New code in 42 s",
            notice = null,
        )

    private val fresh = status("Up to date")

    private val claim =
        PendingAction(
            key = "018f0000-0000-7000-8000-000000000001",
            title = "Claim: Coffee",
            state = "queued",
            text = "Will be sent when there is a connection",
            whenText = "22 November 2026, 10:15",
            canDiscard = true,
            canDismiss = false,
            canRetry = true,
            canCancel = false,
        )

    private val refused =
        PendingAction(
            key = "018f0000-0000-7000-8000-000000000002",
            title = "Claim: Tote bag",
            state = "rejected",
            text = "Not enough points: 120\u00A0points needed, 85\u00A0points available. Nothing was taken.",
            whenText = "21 November 2026, 18:40",
            canDiscard = false,
            canDismiss = true,
            canRetry = true,
            canCancel = false,
        )

    val opening = CardScreenState(labels)
    val failed = state(CardContent.Failed("The device's key store cannot be read now. Unlock the device and try again."))
    val shown = state(shown(card))
    val refreshing = shown.copy(busy = true)
    val stale = state(shown(card, status("Updated 3 days ago", stale = true)))
    val pending = state(shown(card.copy(balance = "135\u00A0points", pending = "-50\u00A0points waiting"), pending = listOf(claim, refused)))
    val arrived = state(shown(card.copy(balance = "170\u00A0points", arrived = "+35\u00A0points")))
    val rotating = state(shown(card.copy(symbol = symbol(ROTATING), code = code42)))
    val locked = state(shown(card.copy(locked = "Spending is locked")))
    val clockWrong =
        state(
            shown(
                card.copy(
                    symbol = symbol(ROTATING),
                    code =
                        code42.copy(
                            notice =
                                "This device's clock shows 22 November 2026, 13:15, but it is 22 November 2026, 10:15. " +
                                    "The code is right all the same.",
                        ),
                ),
            ),
        )
    val stolen =
        state(
            CardContent.Shown(
                CardView(
                    card = null,
                    empty = "Your card is hidden because you were signed out. Sign in again, and it is here at once.",
                    canRefresh = false,
                    status("Updated 2 hours ago", notice = "You were signed out. Sign in again to go on. What is waiting here is not lost."),
                ),
                pending = emptyList(),
                ended = true,
            ),
        )
    val empty =
        state(
            CardContent.Shown(
                CardView(
                    card = null,
                    empty = "Your card appears here after the first sync. Connect to the internet once.",
                    canRefresh = true,
                    status = NEVER,
                ),
                pending = emptyList(),
                ended = false,
            ),
        )
    val ended =
        state(
            shown(
                card,
                status("Updated 2 hours ago", notice = "You were signed out. Sign in again to go on. What is waiting here is not lost."),
                ended = true,
            ),
        )
    val message = shown.copy(message = Message(1, "No connection to the programme. What you did is safe and will be sent later."))
    val address = state(CardContent.SignIn(SignInStep.ADDRESS, error = null, canGoBack = false))
    val addressRefused =
        state(CardContent.SignIn(SignInStep.ADDRESS, "Enter an e-mail address, or a telephone number with its country code.", canGoBack = false))
    val code = state(CardContent.SignIn(SignInStep.CODE, error = null, canGoBack = true))
    val codeRefused = state(CardContent.SignIn(SignInStep.CODE, "The code is wrong or has expired. Ask for a new one.", canGoBack = true))

    /** As the core sizes it on a screen of 320 pixels to the inch. */
    val sizing: SymbolSizing = { symbol, available ->
        val side = (symbol.width + 8u) * 11u
        SymbolDrawing(11u, 11u, leftPixels = 44u, topPixels = 44u, widthPixels = side, heightPixels = side, moduleMm = 0.873)
            .takeIf { side.toInt() <= available }
    }

    private fun state(content: CardContent) = CardScreenState(labels, content)

    private fun shown(card: Card, status: Status = fresh, pending: List<PendingAction> = emptyList(), ended: Boolean = false) =
        CardContent.Shown(CardView(card, empty = null, canRefresh = false, status), pending, ended)
}

private const val MODULES =
    "#######.#..##.#######" +
        "#.....#...###.#.....#" +
        "#.###.#.#...#.#.###.#" +
        "#.###.#.....#.#.###.#" +
        "#.###.#.#.##..#.###.#" +
        "#.....#...#...#.....#" +
        "#######.#.#.#.#######" +
        "........##..#........" +
        ".....##..#.#..#.#.#.#" +
        "##.##..##..#.##.#.#.." +
        "..##..##.###..##.###." +
        ".#...#.#....#..#####." +
        "#.#..##.##..#.####..." +
        "........##.....######" +
        "#######.....####.##.." +
        "#.....#.#.##...##...#" +
        "#.###.#..###.#.#####." +
        "#.###.#...##.##...#.." +
        "#.###.#..#.###...#.##" +
        "#.....#..##..#.##.##." +
        "#######....#..#...#.."

private const val ROTATING =
    "#######...#...#######" +
        "#.....#..#....#.....#" +
        "#.###.#..##...#.###.#" +
        "#.###.#.###.#.#.###.#" +
        "#.###.#..####.#.###.#" +
        "#.....#.#..##.#.....#" +
        "#######.#.#.#.#######" +
        "........#.##........." +
        ".##...#..#....##.#..." +
        "#.#.##.#.####..##...#" +
        ".....##..#.####.#.#.#" +
        "....##....###.##.#.#." +
        "#...#.#.##.#..#.##..." +
        "........#.#.##.###.##" +
        "#######..####..##.###" +
        "#.....#..##.#.##..#.#" +
        "#.###.#..#.#..##..#.#" +
        "#.###.#..##...#......" +
        "#.###.#.#.###....#.##" +
        "#.....#.#....####..#." +
        "#######...#####.#####"

private val NEVER = Status(lastContact = null, age = "Not synced yet", stale = true, notice = null)

private fun status(age: String, stale: Boolean = false, notice: String? = null) = Status(lastContact = 0, age, stale, notice)

@Composable
private fun Sample(state: CardScreenState, dark: Boolean = false) {
    MemberTheme(dark) { CardScreen(state, CardActions(), CardSamples.sizing) }
}

@Preview @Composable private fun OpeningPreview() = Sample(CardSamples.opening)

@Preview @Composable private fun FailedPreview() = Sample(CardSamples.failed)

@Preview @Composable private fun ShownPreview() = Sample(CardSamples.shown)

@Preview @Composable private fun ShownDarkPreview() = Sample(CardSamples.shown, dark = true)

@Preview @Composable private fun RefreshingPreview() = Sample(CardSamples.refreshing)

@Preview @Composable private fun StalePreview() = Sample(CardSamples.stale)

@Preview @Composable private fun PendingPreview() = Sample(CardSamples.pending)

@Preview @Composable private fun ArrivedPreview() = Sample(CardSamples.arrived)

@Preview @Composable private fun RotatingPreview() = Sample(CardSamples.rotating)

@Preview @Composable private fun LockedPreview() = Sample(CardSamples.locked)

@Preview @Composable private fun ClockWrongPreview() = Sample(CardSamples.clockWrong)

@Preview @Composable private fun StolenPreview() = Sample(CardSamples.stolen)

@Preview @Composable private fun EmptyPreview() = Sample(CardSamples.empty)

@Preview @Composable private fun EndedPreview() = Sample(CardSamples.ended)

@Preview @Composable private fun MessagePreview() = Sample(CardSamples.message)

@Preview @Composable private fun AddressPreview() = Sample(CardSamples.address)

@Preview @Composable private fun AddressRefusedPreview() = Sample(CardSamples.addressRefused)

@Preview @Composable private fun CodePreview() = Sample(CardSamples.code)

@Preview @Composable private fun CodeRefusedPreview() = Sample(CardSamples.codeRefused)

@Preview(widthDp = 740, heightDp = 360)
@Composable private fun LyingPreview() = Sample(CardSamples.pending)

@Preview(fontScale = 2f)
@Composable private fun LargeTextPreview() = Sample(CardSamples.pending)

@Preview(locale = "ar")
@Composable private fun RightToLeftPreview() = Sample(CardSamples.pending)

@Preview(widthDp = 320, heightDp = 533)
@Composable private fun SmallPreview() = Sample(CardSamples.pending)
