using System.Collections.Immutable;
using System.Globalization;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <summary>Makes the typed parts of objects that controllers write.</summary>
internal static class KubeText
{
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    public static YamlMapping EmptyNode { get; } = new([], SourceSpan.None);

    public static Spanned<string> Text(string value, SourceSpan span = default) => new(value, span);

    public static Spanned<bool> Bool(bool value) => new(value, SourceSpan.None);

    public static Spanned<long> Number(long value) => new(value, SourceSpan.None);

    public static SpannedMap<Spanned<string>> Map(IEnumerable<KeyValuePair<string, string>> pairs) =>
        new(pairs.Select(static p => new SpannedEntry<Spanned<string>>(p.Key, Text(p.Value), SourceSpan.None)).ToList(),
            SourceSpan.None);

    public static ImmutableSortedDictionary<string, string> Labels(SpannedMap<Spanned<string>>? map)
    {
        ImmutableSortedDictionary<string, string>.Builder builder =
            ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (SpannedEntry<Spanned<string>> e in map ?? SpannedMap<Spanned<string>>.Empty)
        {
            builder[e.Key] = e.Value.Value;
        }

        return builder.ToImmutable();
    }

    public static ObjectMeta Meta(
        string name, string space, IEnumerable<KeyValuePair<string, string>> labels, SourceSpan span,
        SpannedMap<Spanned<string>>? annotations = null, bool isTerminating = false,
        IReadOnlyList<OwnerReference>? owners = null) =>
        new(span, Text(name), null, space.Length > 0 ? Text(space) : null, Map(labels),
            annotations ?? SpannedMap<Spanned<string>>.Empty, null,
            isTerminating ? Text("2026-01-01T00:00:00Z") : null, null, null, owners ?? [], null);

    public static ObjectHeader Header(string apiVersion, string kind, ObjectMeta meta, string space, SourceSpan span) =>
        new(apiVersion, kind, meta, space, span, EmptyNode);

    /// <summary>A short text of consonants and digits, as the names of ReplicaSets have it.</summary>
    /// <remarks>Kubernetes: apimachinery/pkg/util/rand/rand.go#SafeEncodeString (alphabet only).</remarks>
    public static string Suffix(ulong hash, int length)
    {
        Span<char> text = stackalloc char[length];
        for (int i = 0; i < length; i++)
        {
            text[i] = Alphabet[(int)(hash % (ulong)Alphabet.Length)];
            hash /= (ulong)Alphabet.Length;
        }

        return new string(text);
    }

    public static string Join(string name, string hash, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}-{hash}-{number}");

    /// <summary>Whether labels meet a selector; an empty selector meets nothing.</summary>
    public static bool Selects(SpannedMap<Spanned<string>> selector, ImmutableSortedDictionary<string, string> labels)
    {
        foreach (SpannedEntry<Spanned<string>> e in selector)
        {
            if (!labels.TryGetValue(e.Key, out string? value) || value != e.Value.Value)
            {
                return false;
            }
        }

        return selector.Count > 0;
    }

    /// <summary>Whether labels meet a label selector with expressions; an absent one meets nothing.</summary>
    public static bool Selects(LabelSelector? selector, ImmutableSortedDictionary<string, string> labels)
    {
        if (selector is null || selector.MatchLabels.Count + selector.MatchExpressions.Count == 0)
        {
            return false;
        }

        if (selector.MatchLabels.Count > 0 && !Selects(selector.MatchLabels, labels))
        {
            return false;
        }

        foreach (LabelSelectorRequirement r in selector.MatchExpressions)
        {
            bool has = labels.TryGetValue(r.Key?.Value ?? "", out string? value);
            bool isIn = has && r.Values.Any(v => v.Value == value);
            bool holds = r.Operator?.Value switch
            {
                "In" => isIn,
                "NotIn" => !isIn,
                "Exists" => has,
                "DoesNotExist" => !has,
                _ => false,
            };
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }
}
