using Sim.Runs.Matrix;

namespace Sim.Runs;

/// <content>Questions about the configuration of this moment.</content>
internal sealed partial class ScenarioSimulation
{
    /// <summary>The truth table of the configuration that proxies have now; null when it would be too large.</summary>
    public PolicyMatrix? TruthTable() => new MatrixBuilder(
        new MatrixWorld(_document, _lifecycle, _workloads, _control.Clusters,
            (cluster, state) => _pods[(cluster, state.Id)]),
        _findings).Build();
}
