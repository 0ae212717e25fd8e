using Sim.Telemetry.Scraping;

namespace Sim.Runs.Observing;

/// <summary>What one proxy exposes under <c>/stats/prometheus</c>.</summary>
internal sealed class ProxyPage
{
    private readonly List<MetricCell> _cells = [];

    /// <summary>The lines.</summary>
    public MetricsPage Lines { get; } = new();

    /// <summary>Statistics of Envoy's clusters; null = not exposed.</summary>
    public EnvoyStats? Envoy { get; init; }

    /// <summary>Adds counters whose lines stand on the page already.</summary>
    public void Add(MetricCell cell) => _cells.Add(cell);

    /// <summary>The page with the values of now.</summary>
    public MetricsPage Show()
    {
        foreach (MetricCell cell in _cells)
        {
            cell.Show();
        }

        Envoy?.Show(Lines);
        return Lines;
    }
}
