namespace Sim.Core;

/// <summary>Which release's behaviour is simulated (<c>compat.istio</c>).</summary>
/// <remarks>Only 1.29 was held against running software; 1.22 in part, 1.31 is 1.29 with its dated switches.</remarks>
public enum IstioProfile
{
    /// <summary>Istio 1.22, the lab's release.</summary>
    V1_22,

    /// <summary>Istio 1.29, the default.</summary>
    V1_29,

    /// <summary>Istio 1.31: 1.29 with the switches of the repository's head, from sources only.</summary>
    V1_31,
}
