using System.Collections.Immutable;
using System.Globalization;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Mesh;

/// <summary>Small steps from manifest values to model values.</summary>
internal static class ManifestReading
{
    public static string Text(this Spanned<string>? s) => s?.Value ?? "";

    public static IReadOnlyList<string> Texts(this IReadOnlyList<Spanned<string>> list)
    {
        if (list.Count == 0)
        {
            return [];
        }

        string[] result = new string[list.Count];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = list[i].Value;
        }

        return result;
    }

    public static ImmutableSortedDictionary<string, string> Labels(this SpannedMap<Spanned<string>> map)
    {
        if (map.Count == 0)
        {
            return LabelSet.Empty;
        }

        ImmutableSortedDictionary<string, string>.Builder b = LabelSet.Empty.ToBuilder();
        foreach (SpannedEntry<Spanned<string>> e in map)
        {
            b[e.Key] = e.Value.Value;
        }

        return b.ToImmutable();
    }

    public static IReadOnlyList<(string Name, string Value)> SortedPairs(this SpannedMap<Spanned<string>> map)
    {
        List<(string Name, string Value)> list = [.. map.Select(static e => (e.Key, e.Value.Value))];
        list.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return list;
    }

    public static int Int(this Spanned<long>? s) =>
        s is null ? 0 : (int)Math.Clamp(s.Value, int.MinValue, int.MaxValue);

    public static uint? UInt(this Spanned<long>? s) => s is null ? null : (uint)Math.Clamp(s.Value, 0, uint.MaxValue);

    public static ConfigMeta Meta(this KubeObject o) =>
        new(o.Name, o.Namespace, NormalTime(o.Metadata.CreationTimestamp.Text()), o.Span)
        {
            Labels = o.Metadata.Labels.Labels(),
            Annotations = o.Metadata.Annotations.Labels(),
        };

    public static IReadOnlyList<T> SortByAge<T>(IEnumerable<T> items, Func<T, ConfigMeta> meta)
    {
        List<T> list = [.. items];
        list.Sort((a, b) => ConfigMeta.CompareAge(meta(a), meta(b)));
        return list;
    }

    private static string NormalTime(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var t)
            ? t.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture)
            : "";
}
