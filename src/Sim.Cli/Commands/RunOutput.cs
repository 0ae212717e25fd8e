namespace Sim.Cli.Commands;

/// <summary>Where the result of <c>meshsim run</c> goes, and how it looks.</summary>
/// <param name="Form">table, json, junit or markdown.</param>
/// <param name="Files">Folder for the files; null = none.</param>
/// <param name="IsQuiet">Only the verdict line.</param>
/// <param name="Color">auto, always or never.</param>
/// <param name="OpenMetrics">File for what Prometheus stored; null = none.</param>
/// <param name="SuggestsWarmup">Say of each traffic when it settles.</param>
internal sealed record RunOutput(string Form, string? Files, bool IsQuiet, string Color, string? OpenMetrics,
    bool SuggestsWarmup = false);
