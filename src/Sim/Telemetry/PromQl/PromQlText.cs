namespace Sim.Telemetry.PromQl;

/// <summary>Values as Prometheus writes them.</summary>
public static class PromQlText
{
    /// <summary>A number in the form of the HTTP API: <c>0.5</c>, <c>1e+21</c>, <c>NaN</c>, <c>+Inf</c>.</summary>
    public static string Value(double value) => GoText.Shortest(value);
}
