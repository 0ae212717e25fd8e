using System.Text;

namespace Sim.Runs.Scenario;

/// <summary>Splits a line as a POSIX shell does, without any expansion.</summary>
public static class ShellWords
{
    /// <summary>Splits a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="words">Its words, quotes removed.</param>
    /// <returns>False when a quote is not closed or the line ends in a backslash.</returns>
    public static bool TrySplit(string line, out IReadOnlyList<string> words)
    {
        var list = new List<string>();
        var word = new StringBuilder();
        bool inWord = false;
        char quote = '\0';
        words = list;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (quote == '\'' ? c != '\'' : quote == '"' && c is not ('"' or '\\'))
            {
                word.Append(c);
            }
            else if (quote != '\0' && c == quote)
            {
                quote = '\0';
            }
            else if (c == '\\')
            {
                if (++i >= line.Length)
                {
                    return false;
                }

                AppendEscaped(word, line[i], quote);
                inWord = inWord || line[i] != '\n';
            }
            else if (c is '"' or '\'')
            {
                (quote, inWord) = (c, true);
            }
            else if (char.IsWhiteSpace(c))
            {
                if (inWord)
                {
                    list.Add(word.ToString());
                    word.Clear();
                    inWord = false;
                }
            }
            else
            {
                word.Append(c);
                inWord = true;
            }
        }

        if (inWord)
        {
            list.Add(word.ToString());
        }

        return quote == '\0';
    }

    private static void AppendEscaped(StringBuilder word, char c, char quote)
    {
        if (c == '\n')
        {
            return;
        }

        if (quote == '"' && c is not ('"' or '\\' or '$' or '`'))
        {
            word.Append('\\');
        }

        word.Append(c);
    }
}
