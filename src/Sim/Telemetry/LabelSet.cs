using System.Diagnostics.CodeAnalysis;
using System.Text;
using Sim.Core;

namespace Sim.Telemetry;

/// <summary>One label.</summary>
/// <param name="Name">Its name; <c>__name__</c> is the name of the metric.</param>
/// <param name="Value">Its value, never empty in a <see cref="LabelSet"/>.</param>
public readonly record struct Label(string Name, string Value);

/// <summary>The identity of a series: labels in ordinal order of their names, none of them empty.</summary>
/// <remarks>Immutable. An empty value is an absent label, as in Prometheus (model/labels#Labels).</remarks>
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "Prometheus' noun")]
public sealed class LabelSet : IEquatable<LabelSet>, IComparable<LabelSet>
{
    /// <summary>Name of the label that holds the name of the metric.</summary>
    public const string MetricName = "__name__";

    private readonly Label[] _labels;
    private readonly ulong _hash;

    private LabelSet(Label[] sorted)
    {
        _labels = sorted;
        ulong hash = 17;
        foreach (Label l in sorted)
        {
            hash = StableHash.Combine(StableHash.Combine(hash, StableHash.Of(l.Name)), StableHash.Of(l.Value));
        }

        _hash = hash;
    }

    /// <summary>No label at all.</summary>
    public static LabelSet Empty { get; } = new([]);

    /// <summary>The labels in order of name.</summary>
    public IReadOnlyList<Label> Labels => _labels;

    /// <summary>The name of the metric; empty when there is none.</summary>
    public string Name => this[MetricName];

    /// <summary>The value of a label; empty when it is absent.</summary>
    public string this[string name]
    {
        get
        {
            foreach (Label l in _labels)
            {
                if (l.Name == name)
                {
                    return l.Value;
                }
            }

            return "";
        }
    }

    /// <summary>A set of labels; of a repeated name the last value counts, empty values are left out.</summary>
    public static LabelSet Of(IEnumerable<Label> labels)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (Label l in labels)
        {
            sorted[l.Name] = l.Value;
        }

        return new LabelSet([.. sorted.Where(static l => l.Value.Length > 0)
            .Select(static l => new Label(l.Key, l.Value))]);
    }

    /// <summary>A set of labels from pairs of name and value.</summary>
    public static LabelSet Of(params (string Name, string Value)[] labels) =>
        Of(labels.Select(static l => new Label(l.Name, l.Value)));

    /// <summary>The same labels with one set; an empty value removes it.</summary>
    public LabelSet With(string name, string value)
    {
        if (this[name] == value)
        {
            return this;
        }

        var labels = new List<Label>(_labels.Length + 1);
        bool isPlaced = value.Length == 0;
        foreach (Label l in _labels)
        {
            int order = string.CompareOrdinal(l.Name, name);
            if (order > 0 && !isPlaced)
            {
                labels.Add(new Label(name, value));
                isPlaced = true;
            }

            if (order != 0)
            {
                labels.Add(l);
            }
        }

        if (!isPlaced)
        {
            labels.Add(new Label(name, value));
        }

        return new LabelSet([.. labels]);
    }

    /// <summary>The same labels without one.</summary>
    public LabelSet Without(string name) => With(name, "");

    /// <summary>The same labels without the name of the metric.</summary>
    public LabelSet WithoutName() => With(MetricName, "");

    /// <summary>Only the named labels.</summary>
    public LabelSet Only(IReadOnlyCollection<string> names) => Filter(l => names.Contains(l.Name));

    /// <summary>All labels but the named ones and the name of the metric.</summary>
    public LabelSet Except(IReadOnlyCollection<string> names) =>
        Filter(l => l.Name != MetricName && !names.Contains(l.Name));

    /// <inheritdoc/>
    public bool Equals(LabelSet? other) =>
        other is not null && _hash == other._hash && _labels.AsSpan().SequenceEqual(other._labels);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)_hash;

    /// <summary>Orders by the first label that differs, name before value, then the shorter first.</summary>
    public int CompareTo(LabelSet? other)
    {
        if (other is null)
        {
            return 1;
        }

        for (int i = 0; i < _labels.Length && i < other._labels.Length; i++)
        {
            int order = string.CompareOrdinal(_labels[i].Name, other._labels[i].Name);
            order = order != 0 ? order : string.CompareOrdinal(_labels[i].Value, other._labels[i].Value);
            if (order != 0)
            {
                return order;
            }
        }

        return _labels.Length.CompareTo(other._labels.Length);
    }

    /// <summary>As Prometheus prints labels: <c>{a="x", b="y"}</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("{");
        foreach (Label l in _labels)
        {
            text.Append(text.Length > 1 ? ", " : "").Append(l.Name).Append('=').Append(GoText.Quote(l.Value));
        }

        return text.Append('}').ToString();
    }

    private LabelSet Filter(Func<Label, bool> keep)
    {
        Label[] kept = Array.FindAll(_labels, l => keep(l));
        return kept.Length == _labels.Length ? this : new LabelSet(kept);
    }
}
