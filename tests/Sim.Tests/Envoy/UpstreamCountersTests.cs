using System.Reflection;
using Sim.Envoy;

namespace Sim.Tests.Envoy;

/// <summary>Counters of a cluster under Envoy's names.</summary>
internal sealed class UpstreamCountersTests
{
    /// <summary>Each field is told under the name that its own name makes, and nothing else is.</summary>
    [Test]
    public void Every_counter_has_its_name()
    {
        var counters = new UpstreamCounters();
        FieldInfo[] fields = typeof(UpstreamCounters).GetFields(BindingFlags.Public | BindingFlags.Instance);
        var expected = new Dictionary<string, long>();
        for (int i = 0; i < fields.Length; i++)
        {
            fields[i].SetValue(counters, 100L + i);
            expected.Add(NameOf(fields[i].Name), 100L + i);
        }

        Assert.That(counters.All(), Is.EquivalentTo(expected));
    }

    /// <summary>CxTotal is upstream_cx_total; the one that is not of connections or requests has no prefix.</summary>
    private static string NameOf(string field)
    {
        string name = string.Concat(field.Select(static (c, i) =>
            (char.IsUpper(c) && i > 0 ? "_" : "") + char.ToLowerInvariant(c)));
        return name.StartsWith("cx_", StringComparison.Ordinal) || name.StartsWith("rq_", StringComparison.Ordinal)
            ? "upstream_" + name : name;
    }
}
