using Sim.Core;

namespace Sim.Labs;

/// <summary>Which lab is carried out, and how.</summary>
/// <param name="File">The Markdown file.</param>
public sealed record LabRequest(string File)
{
    /// <summary>World: a scenario file with clusters, topology, workloads, profile, admission or extensions; empty =
    /// what the lab's own lines say.</summary>
    public string World { get; init; } = "";

    /// <summary>Behaviour profile in place of the world's: 1.22, 1.29 or 1.31; empty = the world's.</summary>
    public string Istio { get; init; } = "";

    /// <summary>Exercises to show, by number or name; empty = all.</summary>
    public IReadOnlyList<string> Exercises { get; init; } = [];

    /// <summary>Whether rules of earlier exercises are left out: VirtualServices, DestinationRules, policies. What
    /// makes hosts known (ServiceEntry, Gateway ...) stays.</summary>
    public bool IsAlone { get; init; }

    /// <summary>Simulated time between two lines, more than 0.</summary>
    public long PaceNs { get; init; } = 10 * SimDuration.Second;

    /// <summary>How often each route of a stored VirtualService is tried, 1 or more.</summary>
    public int Tries { get; init; } = 100;
}
