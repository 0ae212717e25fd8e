using System.Globalization;
using System.Text.RegularExpressions;

namespace Sim.Manifests.Admission;

/// <summary>Errors of the API server's decoder for the core kinds: only the first one is told.</summary>
internal static partial class CoreDecoding
{
    /// <summary>The decoder's objection, or null when the body can be decoded.</summary>
    public static Objection? Check(KubeObject o, KindInfo kind, IReadOnlyList<BindIssue> issues)
    {
        string version = o.ApiVersion[(o.ApiVersion.IndexOf('/', StringComparison.Ordinal) + 1)..];
        string prefix = $"{kind.Kind} in version \"{version}\" cannot be handled as a {kind.Kind}: ";
        BindIssue? wrong = issues.FirstOrDefault(static i => i.Fault == BindFault.WrongType);
        if (wrong is not null)
        {
            string text = wrong.Wanted == "quantity"
                ? "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
                : $"json: cannot unmarshal {wrong.Found} into Go struct field {wrong.Owner}.{FieldPath(wrong)} " +
                    $"of type {wrong.Wanted}";
            return new Objection(prefix + text, wrong.Span);
        }

        return o is Secret secret ? CheckBase64(secret, prefix) : null;
    }

    private static Objection? CheckBase64(Secret secret, string prefix)
    {
        foreach (SpannedEntry<Spanned<string>> e in secret.Data)
        {
            string text = e.Value.Value.Replace("\n", "", StringComparison.Ordinal);
            if (!Convert.TryFromBase64String(text, new byte[text.Length + 3], out _))
            {
                return new Objection(prefix + string.Create(CultureInfo.InvariantCulture,
                    $"illegal base64 data at input byte {FirstBadByte(text)}"), e.Value.Span);
            }
        }

        return null;
    }

    private static int FirstBadByte(string text)
    {
        int at = 0;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '+' or '/'))
        {
            at++;
        }

        return at == text.Length ? text.Length / 4 * 4 : at;
    }

    /// <summary>Go names fields without list indexes, and a map's own field instead of its entry.</summary>
    private static string FieldPath(BindIssue issue)
    {
        string path = Indexes().Replace(issue.Path, "");
        return issue.MapKey is { } key ? path[..^(key.Length + 1)] : path;
    }

    [GeneratedRegex(@"\[[0-9]+\]", RegexOptions.CultureInvariant)]
    private static partial Regex Indexes();
}
