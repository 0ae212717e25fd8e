namespace Sim.Cli;

/// <summary>Exit codes of <c>meshsim</c>, the same for every command.</summary>
public static class ExitCodes
{
    /// <summary>Everything held.</summary>
    public const int Ok = 0;

    /// <summary>A defect of meshsim itself.</summary>
    public const int Internal = 1;

    /// <summary>The command line asks for something that does not exist.</summary>
    public const int Usage = 64;

    /// <summary>The input cannot be parsed.</summary>
    public const int Input = 65;

    /// <summary><c>analyze</c> found something at or above its threshold.</summary>
    public const int Findings = 79;

    /// <summary><c>verify</c> found other fingerprints.</summary>
    public const int FingerprintDiffers = 98;

    /// <summary><c>diff</c> found a difference: the code of what differs, as 1 is a defect of meshsim itself in every
    /// command.</summary>
    public const int Differs = FingerprintDiffers;

    /// <summary>An assertion, SLO, probe or invariant failed.</summary>
    public const int Failed = 99;

    /// <summary>Interrupted; what had been simulated is written and marked.</summary>
    public const int Interrupted = 130;
}
