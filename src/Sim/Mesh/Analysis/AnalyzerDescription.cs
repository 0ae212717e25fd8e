using Sim.Core;

namespace Sim.Mesh.Analysis;

/// <summary>One analyzer.</summary>
/// <param name="Name">Istio's name, or a name that begins with <c>meshsim.</c>.</param>
/// <param name="Summary">What it looks at, in our words.</param>
/// <param name="Codes">Codes it may give, separated by blanks.</param>
public sealed record AnalyzerDescription(string Name, string Summary, string Codes)
{
    /// <summary>True when it reads Services, Namespaces, Pods, Nodes or Secrets, which files alone do not give.
    /// </summary>
    public bool ReadsRuntimeObjects { get; init; } = true;

    /// <summary>First profile that has it.</summary>
    public IstioProfile Since { get; init; }
}
