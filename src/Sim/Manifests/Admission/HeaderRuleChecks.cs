using System.Text.RegularExpressions;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>istiod's rules for names and values of headers.</summary>
/// <remarks>Istio: pkg/config/validation/validation.go#ValidateHTTPHeaderName and neighbours.</remarks>
internal static partial class HeaderRuleChecks
{
    /// <summary>Checks changes of headers.</summary>
    /// <param name="rules">The changes; null = nothing to check.</param>
    /// <param name="rewrite">Authority a rewrite sets; null when there is none.</param>
    /// <param name="f">Receives the findings.</param>
    public static void Check(HeaderRules? rules, Spanned<string>? rewrite, Findings f)
    {
        if (rules?.Request is { } request)
        {
            string? authority = string.IsNullOrEmpty(rewrite?.Value) ? null : rewrite.Value;
            foreach (SpannedEntry<Spanned<string>> e in request.Set.Concat(request.Add))
            {
                bool isAuthority = e.Key == ":authority"
                    || string.Equals(e.Key, "host", StringComparison.OrdinalIgnoreCase);
                f.ErrorIf(isAuthority ? null : OperationNameProblem(e.Key), e.KeySpan);
                f.ErrorIf(ValueProblem(e.Value.Value), e.Value.Span);
                if (isAuthority)
                {
                    f.ErrorIf(authority is not null,
                        $"authority header cannot be set multiple times: have \"{authority}\", " +
                                                     $"attempting to set \"{e.Value.Value}\"", e.KeySpan);
                    authority ??= e.Value.Value;
                }
            }

            CheckNames(request.Remove, f);
        }

        if (rules?.Response is { } response)
        {
            foreach (SpannedEntry<Spanned<string>> e in response.Set.Concat(response.Add))
            {
                f.ErrorIf(OperationNameProblem(e.Key), e.KeySpan);
                f.ErrorIf(ValueProblem(e.Value.Value), e.Value.Span);
            }

            CheckNames(response.Remove, f);
        }
    }

    /// <summary>What is wrong with the name of a header to match or to list, or null.</summary>
    public static string? MatchNameProblem(string name) => name.Length == 0 ? "header name cannot be empty"
        : NameForm().IsMatch(name) ? null : $"header name {name} is not a valid header name";

    private static void CheckNames(IReadOnlyList<Spanned<string>> names, Findings f)
    {
        foreach (Spanned<string> name in names)
        {
            f.ErrorIf(OperationNameProblem(name.Value), name.Span);
        }
    }

    private static string? OperationNameProblem(string name) => name.Length == 0 ? "header name cannot be empty"
        : string.Equals(name, "host", StringComparison.OrdinalIgnoreCase)
            ? $"invalid header \"{name}\": cannot set Host header"
        : name.StartsWith(':') ? $"invalid header \"{name}\": header cannot have \":\" prefix" : null;

    /// <summary>Envoy's variables <c>%NAME%</c> must be closed; a plain per cent sign is written twice.</summary>
    private static string? ValueProblem(string value)
    {
        const string prefix = "header value configuration: invalid header configuration. ";
        int i = 0;
        while (i < value.Length)
        {
            if (value[i] != '%')
            {
                i++;
                continue;
            }

            if (i + 1 == value.Length)
            {
                return prefix + "Un-escaped %";
            }

            if (value[i + 1] == '%')
            {
                i += 2;
                continue;
            }

            int close = value.IndexOf('%', i + 1);
            if (close < 0)
            {
                return prefix + $"Un-terminated variable expression '{value[i..]}'";
            }

            i = close + 1;
        }

        return null;
    }

    [GeneratedRegex(@"^[-_A-Za-z0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex NameForm();
}
