using System.Diagnostics;
using System.Globalization;
using Sim.Core;
using Sim.Experiments;
using Sim.Reports.Figures;

namespace Sim.Cli.Views;

/// <summary>One line on the terminal's stderr that follows a sweep: runs, rate, time left. Silent when stderr is no
/// terminal.</summary>
internal sealed class SweepProgressLine : IDisposable
{
    private const long PeriodMs = 100;

    private readonly CliHost _host;
    private readonly bool _isOn;
    private readonly string _noun;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private long _lastMs = -PeriodMs;
    private double _firstFraction = -1;
    private int _drawn;

    /// <summary>A line.</summary>
    /// <param name="host">Its terminal.</param>
    /// <param name="isOn">False: never draw.</param>
    /// <param name="noun">What is counted.</param>
    public SweepProgressLine(CliHost host, bool isOn, string noun = "run")
    {
        _host = host;
        _noun = noun;
        _isOn = isOn && host.IsErrorTerminal && host.Variable("TERM") != "dumb";
    }

    /// <summary>Draws, ten times a second at most. Called by one thread at a time.</summary>
    public void Show(SweepProgress progress)
    {
        if (_firstFraction < 0)
        {
            _firstFraction = progress.Fraction;
        }

        long now = _clock.ElapsedMilliseconds;
        if (_isOn && now - _lastMs >= PeriodMs)
        {
            _lastMs = now;
            Draw(Text(progress, _firstFraction, now / 1000.0, _noun));
        }
    }

    /// <summary>The line's text.</summary>
    /// <param name="progress">Progress.</param>
    /// <param name="startFraction">Fraction when this process began.</param>
    /// <param name="seconds">Seconds since then.</param>
    /// <param name="noun">What is counted.</param>
    public static string Text(SweepProgress progress, double startFraction, double seconds, string noun = "run")
    {
        string percent = (Math.Clamp(progress.Fraction, 0, 1) * 100).ToString("0", CultureInfo.InvariantCulture);
        string text = $"{percent,3} %  {Words.Count(progress.Done)} of {Words.Count(progress.Planned, noun)}";
        double gained = progress.Fraction - startFraction;
        if (seconds >= 1 && gained > 0)
        {
            double left = seconds / gained * Math.Max(0, 1 - progress.Fraction);
            text += ", " + Words.Count((long)(progress.Requests / seconds), "request") + "/s, "
                + SimDuration.Format((long)Math.Ceiling(left) * SimDuration.Second) + " left";
        }

        return text;
    }

    /// <summary>Removes the line.</summary>
    public void Dispose()
    {
        if (_drawn > 0)
        {
            Draw("");
            _host.Error.Write('\r');
        }
    }

    private void Draw(string text)
    {
        string line = text.Length < _host.Width ? text : text[..(_host.Width - 1)];
        _host.Error.Write("\r" + line.PadRight(_drawn));
        _drawn = Math.Max(line.Length, _drawn);
    }
}
