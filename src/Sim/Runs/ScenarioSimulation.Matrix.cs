using Sim.Runs.Capacity;
using Sim.Runs.Matrix;

namespace Sim.Runs;

/// <content>Questions about the configuration of this moment.</content>
internal sealed partial class ScenarioSimulation
{
    /// <summary>Data of declared classes that moved.</summary>
    public ResidencyLedger Ledger => _recorder.Ledger;

    /// <summary>A pod by its number.</summary>
    public PodRuntime PodOf(int id) => _lifecycle.Pods[id];

    /// <summary>Hears every hop; for tests.</summary>
    public IHopObserver? Hops
    {
        get => _lifecycle.Hops;
        set => _lifecycle.Hops = value;
    }

    /// <summary>Capacity against demand of this moment.</summary>
    /// <param name="limit">Utilization from which on a workload counts as overloaded.</param>
    public CapacityTable Capacity(double limit) => new CapacityCalculator(World()).Calculate(limit,
        [.. _document.Traffic.Select(t => (SendersOf(t.From, t.Name),
            _workloads.TemplateOf(t.Request, t.TimeoutNs), CapacityCalculator.PeakOf(t)))]);

    private MatrixWorld World() => new(_document, _lifecycle, _workloads, _control.Clusters,
        (cluster, state) => _pods[(cluster, state.Id)]);

    /// <summary>The truth table of the configuration that proxies have now; null when it would be too large.</summary>
    public PolicyMatrix? TruthTable() => new MatrixBuilder(World(), _findings).Build();
}
