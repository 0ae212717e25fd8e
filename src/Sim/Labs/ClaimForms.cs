using System.Globalization;
using System.Text.RegularExpressions;

namespace Sim.Labs;

/// <summary>What a sentence claims.</summary>
/// <param name="Kind">Kind, as it stands in results.</param>
internal sealed record ClaimForm(string Kind)
{
    /// <summary>Status codes or exit codes that are named.</summary>
    public IReadOnlyList<int> Numbers { get; init; } = [];

    /// <summary>Place that is named; null = none.</summary>
    public PlaceName? Place { get; init; }

    /// <summary>Version that is named: <c>v2</c>, or <c>new</c>, <c>stable</c> ...; empty = none.</summary>
    public string Version { get; init; } = "";

    /// <summary>Share that is named, 0..1; null = none.</summary>
    public double? Share { get; init; }

    /// <summary>Whether the sentence denies it.</summary>
    public bool IsNegated { get; init; }
}

/// <summary>Tells what kind of claim an English sentence makes. No name of a lab is known here.</summary>
internal static partial class ClaimForms
{
    /// <summary>A sentence that no rule knows.</summary>
    public static ClaimForm None { get; } = new("none");

    /// <summary>Whether a line is a known form of output.</summary>
    public static bool IsOutput(string line) => OutputOf(line) != None;

    /// <summary>What a line of output claims.</summary>
    public static ClaimForm OutputOf(string line)
    {
        string text = line.Trim();
        if (HttpLine().Match(text) is { Success: true } status)
        {
            return new ClaimForm("status") { Numbers = [Number(status.Groups[1].Value)] };
        }

        if (ExitLine().Match(text) is { Success: true } exit)
        {
            return new ClaimForm("exit") { Numbers = [Number(exit.Groups[1].Value)] };
        }

        return text switch
        {
            _ when text.StartsWith("RBAC: access denied", StringComparison.Ordinal) =>
                new ClaimForm("denied"),
            _ when text.Contains("no healthy upstream", StringComparison.Ordinal) =>
                new ClaimForm("status") { Numbers = [503] },
            _ when Applied().IsMatch(text) => new ClaimForm("stored"),
            _ when text.Contains("denied the request", StringComparison.Ordinal)
                || text.StartsWith("Error from server", StringComparison.Ordinal) => new ClaimForm("refused"),
            _ => None,
        };
    }

    /// <summary>What a sentence claims.</summary>
    public static ClaimForm Of(string text, PlaceNames places)
    {
        if (Conditional().IsMatch(text))
        {
            return new ClaimForm("conditional");
        }

        if (Stored().Match(text) is { Success: true } stored)
        {
            bool isNot = Negation().IsMatch(stored.Value) || IsNegated(text, stored.Index);
            return new ClaimForm(Rejected().IsMatch(stored.Value) != isNot ? "refused" : "stored");
        }

        if (Exit().Match(text) is { Success: true } exit)
        {
            return new ClaimForm("exit")
            {
                Numbers = [Number(exit.Groups[1].Value)], IsNegated = IsNegated(text, exit.Index),
            };
        }

        List<int> codes = CodesIn(text);
        if (codes.Count > 0)
        {
            return new ClaimForm("status") { Numbers = codes, IsNegated = IsNegated(text, Code().Match(text).Index) };
        }

        if (Version().Match(text) is { Success: true } version)
        {
            Match share = Percent().Match(text);
            return new ClaimForm("version")
            {
                Version = version.Groups[1].Success ? version.Groups[1].Value.ToLowerInvariant()
                    : version.Groups[2].Value.ToLowerInvariant(),
                Share = share.Success ? ShareOf(share) : null,
                IsNegated = IsNegated(text, version.Index),
            };
        }

        return Served(text, places);
    }

    /// <summary>Whether the clause denies what stands at an index: a word of negation before it, in the same clause.
    /// </summary>
    private static bool IsNegated(string text, int index)
    {
        int clause = text.AsSpan(0, index).LastIndexOfAny(",:;");
        return Negation().IsMatch(text[(clause + 1)..index]);
    }

    private static ClaimForm Served(string text, PlaceNames places)
    {
        Match denied = Denied().Match(text);
        if (denied.Success)
        {
            bool isDouble = !denied.Groups["not"].Success && IsNegated(text, denied.Index);
            return new ClaimForm(isDouble ? "answered" : "denied");
        }

        Match routed = Routed().Match(text);
        if (routed.Success)
        {
            bool isNegated = IsNegated(text, routed.Index);
            if (Local().IsMatch(text))
            {
                return new ClaimForm("local") { IsNegated = isNegated };
            }

            // What stands behind "to" is meant, also in "from EU to US"; else what stands behind "by", "in" or "from".
            Match share = Percent().Match(text);
            PlaceName? place = Behind(To(), text, routed.Index, places) ?? Behind(By(), text, routed.Index, places)
                ?? (routed.Value.EndsWith("over", StringComparison.OrdinalIgnoreCase) ? places.First(text) : null);
            if (place is not null)
            {
                return new ClaimForm("served-by")
                {
                    Place = place,
                    Share = share.Success ? ShareOf(share) : null,
                    IsNegated = isNegated,
                };
            }
        }

        Match reach = Reach().Match(text);
        return text switch
        {
            _ when Failover().Match(text) is { Success: true } m =>
                new ClaimForm("failover") { IsNegated = IsNegated(text, m.Index) },
            _ when Same().IsMatch(text) => new ClaimForm("same"),
            _ when Enforced().IsMatch(text) => new ClaimForm("enforced"),
            _ when reach.Success => new ClaimForm(
                Negation().IsMatch(reach.Value) || IsNegated(text, reach.Index) ? "denied" : "answered"),
            _ => None,
        };
    }

    private static PlaceName? Behind(Regex word, string text, int from, PlaceNames places)
    {
        Match match = word.Match(text, from);
        return match.Success ? places.First(text, match.Index + match.Length) : null;
    }

    private static List<int> CodesIn(string text)
    {
        var codes = new List<int>();
        foreach (Match m in Code().Matches(text))
        {
            codes.Add(Number(m.Groups[1].Value));
        }

        return codes.Count > 0 && (CodeContext().IsMatch(text) || BareCode().IsMatch(text)) ? codes : [];
    }

    private static double ShareOf(Match percent) =>
        double.Parse(percent.Groups[1].ValueSpan, CultureInfo.InvariantCulture) / 100;

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);


    [GeneratedRegex(@"^(?:(?:<\s*)?HTTP/[\d.]+ |[^:<>{}]{1,80}: ?)?(?:code=)?(000|[1-5]\d\d)(?: [A-Z][A-Za-z ]*)?$")]
    private static partial Regex HttpLine();

    [GeneratedRegex(@"^(?:command terminated with exit code |curl: \()(\d+)\b")]
    private static partial Regex ExitLine();

    [GeneratedRegex(@"^[a-z0-9.]+/[\w.-]+ (?:created|configured|unchanged)$")]
    private static partial Regex Applied();

    [GeneratedRegex(@"\b(?:if|unless|would|without the|before (?:you|the|this)|could|might|"
        + @"may)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Conditional();

    [GeneratedRegex(@"\b(?:no|not|never|cannot|nobody|none|n't)\b|n't\b", RegexOptions.IgnoreCase)]
    private static partial Regex Negation();

    [GeneratedRegex(@"\b(?:polic(?:y|ies)|rules?|manifests?|resources?|objects?|virtualservices?|destinationrules?|"
        + @"webhook|kubectl|istioctl|istiod|api server|installation)\b.*\b(?:be |is |are |get |"
        + @"gets )?(?:created|accepted|stored|"
        + @"rejected|refused|configured|denied the request)\b|\b(?:rejected|refused|"
        + @"denied) by (?:the )?(?:admission|webhook|"
        + @"istiod|api server|validation|istioctl)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Stored();

    [GeneratedRegex(@"\b(?:rejected|refused|denied)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Rejected();

    [GeneratedRegex(@"\bexit(?:s| code| status)?(?: with)?(?: code)? (\d+)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Exit();

    [GeneratedRegex(@"(?<![\w$€.,×/:-])([1-5]\d\d)(?![\w%×]|[.,:/]\d|[- ]?(?:ms|seconds?|minutes?|hours?|"
        + @"requests|pods|users|replicas|s\b))")]
    private static partial Regex Code();

    [GeneratedRegex(@"\b(?:http|status|codes?|returns?|responds?|responses?|gets?|answers?|answered|"
        + @"expect(?:ed)?|receives?|see|sees|"
        + @"forbidden|unauthorized|unavailable|ok|with|no|errors?)\b|→|->|=>", RegexOptions.IgnoreCase)]
    private static partial Regex CodeContext();

    [GeneratedRegex(@"^\W*[1-5]\d\d\W*$")]
    private static partial Regex BareCode();

    [GeneratedRegex(@"\b(v\d+)\b|\b(new|stable|canary|old|current|previous)(?:er)? version\b", RegexOptions.IgnoreCase)]
    private static partial Regex Version();

    [GeneratedRegex(@"(\d+(?:\.\d+)?) ?(?:%|percent)")]
    private static partial Regex Percent();

    [GeneratedRegex(@"(?<not>\b(?:cannot|can't|can not|(?:not|isn't|aren't|must not|never) (?:be )?(?:allowed|"
        + @"able|reach|access|"
        + @"reachable|permitted))\b)|\b(?:denied|den(?:y|ies)|blocked|blocks|forbidden|rejected|rejects|refused)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Denied();

    [GeneratedRegex(@"\b(?:route[sd]?|fail(?:s|ed)?[- ]?over|fail-?over|served|serves|handled|handles|answered|answers|"
        + @"goes|go|sent|shifts?|shifted|lands?|reaches|comes|redirected|takes over|response comes)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Routed();

    [GeneratedRegex(@"\bto\b", RegexOptions.IgnoreCase)]
    private static partial Regex To();

    [GeneratedRegex(@"\b(?:by|in|from)\b", RegexOptions.IgnoreCase)]
    private static partial Regex By();

    [GeneratedRegex(@"\b(?:local|same|own) (?:region|cluster|zone)\b|\blocally\b|"
        + @"\bstays? local\b", RegexOptions.IgnoreCase)]
    private static partial Regex Local();

    [GeneratedRegex(@"\bfail(?:s|ed)?[- ]?over\b", RegexOptions.IgnoreCase)]
    private static partial Regex Failover();

    [GeneratedRegex(@"\b(?:same|identical|consistent)\b.*\b(?:polic|config|rule|setting|cluster|"
        + @"region)", RegexOptions.IgnoreCase)]
    private static partial Regex Same();

    [GeneratedRegex(@"\b(?:polic(?:y|ies)|segmentation|isolation|boundar(?:y|ies)|compliance|residency|mtls|"
        + @"encryption|rules?)\b"
        + @".*\b(?:enforced|applied|in force|in effect)\b|\benforc(?:es|ed)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Enforced();

    [GeneratedRegex(@"\b(?:can|should|will|able to|must)\b.*\b(?:communicate|reach|access|call|talk|connect|"
        + @"succeed|work|"
        + @"respond|answer|be served|be allowed|be reachable)\b|\b(?:succeeds?|works|allowed|is reachable|responds)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Reach();
}
