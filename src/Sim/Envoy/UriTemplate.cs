using System.Text;
using System.Text.RegularExpressions;
using Sim.Core;

namespace Sim.Envoy;

/// <summary>Path templates: <c>*</c> or <c>{name}</c> for one segment, <c>**</c> for any number, none
/// included.</summary>
/// <remarks>
/// Envoy: source/extensions/path/uri_template_lib/uri_template_internal.cc. Istio's <c>{*}</c> and <c>{**}</c> are read
/// as <c>*</c> and <c>**</c>. A wildcard covers RFC 3986's path characters; the star among them as recorded.
/// </remarks>
public static class UriTemplate
{
    private const string Characters = "a-zA-Z0-9\\-._~%!$&'()*+,;=:@";

    /// <summary>The expression of a template; null when Envoy would refuse it.</summary>
    /// <param name="template">Template, which begins with a slash.</param>
    /// <param name="span">Where it stands.</param>
    /// <param name="diagnostics">Takes the refusal.</param>
    public static Regex? Compile(string template, SourceSpan span, DiagnosticBag? diagnostics)
    {
        var pattern = new StringBuilder();
        string? problem = template.StartsWith('/') ? null : "it must begin with a slash";
        bool hasTextGlob = false;
        int i = 0;
        while (problem is null && i < template.Length)
        {
            if (template[i] is not ('*' or '{'))
            {
                pattern.Append(Regex.Escape(template[i++].ToString()));
                continue;
            }

            string glob = ReadOperator(template, ref i);
            if (glob.Length == 0)
            {
                problem = "a brace is not closed";
            }
            else if (hasTextGlob)
            {
                problem = "** must be the last operator";
            }
            else
            {
                hasTextGlob = glob == "**";
                pattern.Append(hasTextGlob ? "[" + Characters + "/]*" : "[" + Characters + "]+");
            }
        }

        if (problem is null)
        {
            return new Regex(
                "\\A(?:" + pattern + ")\\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }

        diagnostics?.Error("MS5002", "The path template '" + template + "' is refused: " + problem + ".", span);
        return null;
    }

    private static string ReadOperator(string template, ref int i)
    {
        if (template[i] == '*')
        {
            int start = i;
            i += i + 1 < template.Length && template[i + 1] == '*' ? 2 : 1;
            return template[start..i];
        }

        int end = template.IndexOf('}', i);
        if (end < 0)
        {
            return "";
        }

        string inner = template[(i + 1)..end];
        int equal = inner.IndexOf('=', StringComparison.Ordinal);
        string glob = equal < 0 ? inner : inner[(equal + 1)..];
        i = end + 1;
        return glob == "**" ? "**" : "*";
    }
}
