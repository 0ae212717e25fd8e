using System.Diagnostics;
using System.Globalization;
using Sim.Reports.Figures;
using Sim.Runs;

namespace Sim.Cli.Views;

/// <summary>One line on the terminal's stderr that follows a run; silent when stderr is no terminal.</summary>
internal sealed class ProgressLine : IDisposable
{
    private const long PeriodMs = 100;

    private readonly TextWriter _error;
    private readonly bool _isOn;
    private readonly int _width;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private long _lastMs = -PeriodMs;
    private int _drawn;

    /// <summary>A line.</summary>
    /// <param name="host">Its terminal.</param>
    /// <param name="isOn">False: never draw.</param>
    public ProgressLine(CliHost host, bool isOn)
    {
        _error = host.Error;
        _isOn = isOn && host.IsErrorTerminal && host.Variable("TERM") != "dumb";
        _width = host.Width;
    }

    /// <summary>Draws, ten times a second at most. Replications may call it from several threads.</summary>
    public void Show(RunProgress progress)
    {
        if (!_isOn)
        {
            return;
        }

        lock (_lock)
        {
            long now = _clock.ElapsedMilliseconds;
            if (now - _lastMs < PeriodMs)
            {
                return;
            }

            _lastMs = now;
            string percent = (Math.Clamp(progress.Fraction, 0, 1) * 100).ToString("0", CultureInfo.InvariantCulture);
            string text = $"{percent,3} %  {Words.Time(progress.SimulatedNs)} simulated, "
                + Words.Count(progress.Requests, "request");
            if (progress.Total > 1)
            {
                text += $", {Words.Count(progress.Done)} of {Words.Count(progress.Total, "replication")} done";
            }

            Draw(text);
        }
    }

    /// <summary>Removes the line.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            if (_drawn > 0)
            {
                Draw("");
                _error.Write('\r');
                _drawn = 0;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    private void Draw(string text)
    {
        string line = text.Length < _width ? text : text[..(_width - 1)];
        _error.Write("\r" + line.PadRight(_drawn));
        _drawn = Math.Max(line.Length, text.Length == 0 ? 0 : _drawn);
    }
}
