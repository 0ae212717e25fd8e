using Sim.Runs.Scenario;

namespace Sim.Labs;

/// <summary>The words of a kubectl or istioctl line, as far as a lab must look into them before it hands the line to
/// its reader: verb, context, namespace.</summary>
internal sealed class KubeWords
{
    private static readonly string[] ValueFlags =
        ["--context", "-n", "--namespace", "-f", "--filename", "-o", "--output", "-l", "--selector", "-c",
            "--container", "--set", "-s", "--name", "--for", "--timeout", "--kubeconfig"];

    private readonly IReadOnlyList<string> _all;

    private KubeWords(
        IReadOnlyList<string> all, IReadOnlyList<string> words, IReadOnlyList<string> command,
        IReadOnlyList<(string Flag, string Value)> flags)
    {
        _all = all;
        Program = all[0] == "k" ? "kubectl" : all[0];
        Words = words;
        Command = command;
        Flags = flags;
    }

    /// <summary><c>kubectl</c> or <c>istioctl</c>.</summary>
    public string Program { get; }

    /// <summary>Words that are no flags, the verb first.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Words behind <c>--</c>.</summary>
    public IReadOnlyList<string> Command { get; }

    /// <summary>Flags in order; those without a value have an empty one.</summary>
    public IReadOnlyList<(string Flag, string Value)> Flags { get; }

    /// <summary>The verb; empty = none.</summary>
    public string Verb => Words.Count > 0 ? Words[0] : "";

    /// <summary>Context as written; empty = none.</summary>
    public string Context => Flag("--context");

    /// <summary>Namespace; <c>default</c> when none is written.</summary>
    public string Namespace => Flag("-n", "--namespace") is { Length: > 0 } ns ? ns : "default";

    /// <summary>Splits a line; null when it is none of the two programs' or cannot be split.</summary>
    public static KubeWords? Of(string text)
    {
        if (!ShellWords.TrySplit(text, out IReadOnlyList<string> all) || all.Count == 0
            || all[0] is not ("kubectl" or "istioctl" or "k"))
        {
            return null;
        }

        var words = new List<string>();
        var command = new List<string>();
        var flags = new List<(string, string)>();
        for (int i = 1; i < all.Count; i++)
        {
            string word = all[i];
            if (word == "--")
            {
                command.AddRange(all.Skip(i + 1));
                break;
            }

            if (!word.StartsWith('-') || word == "-")
            {
                words.Add(word);
                continue;
            }

            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string flag = equals < 0 ? word : word[..equals];
            bool isNext = equals < 0 && ValueFlags.Contains(flag) && i + 1 < all.Count;
            flags.Add((flag, isNext ? all[++i] : equals < 0 ? "" : word[(equals + 1)..]));
        }

        return new KubeWords(all, words, command, flags);
    }

    /// <summary>Value of the first of some flags that is there; empty when none is.</summary>
    public string Flag(params string[] names)
    {
        foreach ((string flag, string value) in Flags)
        {
            if (names.Contains(flag))
            {
                return value;
            }
        }

        return "";
    }

    /// <summary>Whether a flag is there.</summary>
    public bool Has(params string[] names) => Flags.Any(f => names.Contains(f.Flag));

    /// <summary>The line again, with the context it is meant for and without some flags.</summary>
    /// <param name="cluster">Context to write.</param>
    /// <param name="without">Flags to leave out.</param>
    public string LineFor(string cluster, params string[] without)
    {
        var parts = new List<string> { Program };
        for (int i = 1; i < _all.Count; i++)
        {
            string flag = _all[i].Split('=', 2)[0];
            bool isOut = flag.StartsWith('-') && flag != "-" && (flag == "--context" || without.Contains(flag));
            if (!isOut)
            {
                parts.Add(Quote(_all[i]));
            }
            else if (_all[i] == flag && ValueFlags.Contains(flag))
            {
                i++;
            }
        }

        int end = parts.IndexOf("--");
        parts.Insert(end < 0 ? parts.Count : end, "--context=" + Quote(cluster));
        return string.Join(' ', parts);
    }

    /// <summary>A word in single quotes where it needs them.</summary>
    public static string Quote(string word) =>
        word.Length > 0 && word.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or '='
            or ':' or ',' or '@' or '%' or '+') ? word
        : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
