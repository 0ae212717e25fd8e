using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>Durations as Go's <c>time.ParseDuration</c> reads them.</summary>
internal static class GoDuration
{
    /// <summary>Reads a duration; unlike <see cref="SimDuration"/> it knows no days.</summary>
    public static bool TryParse(string text, out long nanoseconds)
    {
        nanoseconds = 0;
        return !text.Contains('d', StringComparison.Ordinal)
               && !text.Contains(' ', StringComparison.Ordinal) && SimDuration.TryParse(text, out nanoseconds);
    }
}
