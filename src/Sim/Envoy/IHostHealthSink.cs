namespace Sim.Envoy;

/// <summary>Is told when outlier detection or a health check has changed the flags of a host.</summary>
public interface IHostHealthSink
{
    /// <summary>The flags of a host have changed.</summary>
    /// <param name="host">The host.</param>
    /// <param name="nowNs">Simulated time in nanoseconds.</param>
    void HostHealthChanged(Host host, long nowNs);
}
