using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Sim.Core.RegularExpressions;

/// <summary>Where an expression matched, and what its groups hold.</summary>
public sealed class Re2Match
{
    private readonly Match _match;
    private readonly IReadOnlyList<string> _names;

    internal Re2Match(Match match, IReadOnlyList<string> names)
    {
        _match = match;
        _names = names;
    }

    /// <summary>First character of the match.</summary>
    public int Start => _match.Index;

    /// <summary>The place after its last character.</summary>
    public int End => _match.Index + _match.Length;

    /// <summary>What a group holds; empty when there is no such group or it took no part.</summary>
    /// <param name="number">Number from 1; 0 = the whole match.</param>
    public string Group(int number) => _match.Groups[number].Value;

    /// <summary>Go's template: <c>$1</c>, <c>${name}</c>, <c>$$</c>; an unknown group is empty.</summary>
    /// <remarks>Go: regexp.Regexp.Expand.</remarks>
    /// <param name="template">The template.</param>
    public string ExpandGo(string template)
    {
        var result = new StringBuilder();
        for (int i = 0; i < template.Length; i++)
        {
            if (template[i] != '$')
            {
                result.Append(template[i]);
                continue;
            }

            if (i + 1 < template.Length && template[i + 1] == '$')
            {
                result.Append('$');
                i++;
                continue;
            }

            bool isBraced = i + 1 < template.Length && template[i + 1] == '{';
            int start = i + (isBraced ? 2 : 1);
            int end = start;
            while (end < template.Length && (char.IsLetterOrDigit(template[end]) || template[end] == '_'))
            {
                end++;
            }

            if (end == start || (isBraced && (end == template.Length || template[end] != '}')))
            {
                result.Append('$');
                continue;
            }

            result.Append(Group(template[start..end]));
            i = isBraced ? end : end - 1;
        }

        return result.ToString();
    }

    /// <summary>RE2's rewrite: <c>\0</c> to <c>\9</c> are groups, another character after a backslash is
    /// itself.</summary>
    /// <remarks>RE2: re2/re2.cc#RE2::Rewrite.</remarks>
    /// <param name="rewrite">The rewrite.</param>
    public string ExpandRe2(string rewrite)
    {
        var result = new StringBuilder();
        for (int i = 0; i < rewrite.Length; i++)
        {
            bool isEscape = rewrite[i] == '\\' && i + 1 < rewrite.Length;
            i += isEscape ? 1 : 0;
            if (isEscape && char.IsAsciiDigit(rewrite[i]))
            {
                result.Append(Group(rewrite[i] - '0'));
            }
            else
            {
                result.Append(rewrite[i]);
            }
        }

        return result.ToString();
    }

    private string Group(string name)
    {
        if (name.All(char.IsAsciiDigit))
        {
            bool isNumber = name.Length < 9 && (name.Length == 1 || name[0] != '0');
            return isNumber ? Group(int.Parse(name, CultureInfo.InvariantCulture)) : "";
        }

        for (int i = 1; i < _names.Count; i++)
        {
            if (_names[i] == name && _match.Groups[i].Success)
            {
                return _match.Groups[i].Value;
            }
        }

        return "";
    }
}
