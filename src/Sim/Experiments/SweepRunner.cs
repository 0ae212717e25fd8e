using System.Threading.Channels;
using Sim.Runs;

namespace Sim.Experiments;

/// <summary>How far a sweep has come.</summary>
/// <param name="Done">Runs finished, those of an earlier process included.</param>
/// <param name="Resumed">Those of an earlier process.</param>
/// <param name="Planned">Runs planned at present; a stop rule may add more.</param>
/// <param name="Fraction">0..1, runs under way included.</param>
/// <param name="Requests">Requests simulated by this process.</param>
public readonly record struct SweepProgress(long Done, long Resumed, long Planned, double Fraction, long Requests);

/// <summary>What a sweep gave.</summary>
/// <param name="Plan">Its plan.</param>
/// <param name="Rows">Finished runs by point and replication, whatever order they finished in.</param>
/// <param name="IsComplete">Whether nothing is missing of what was asked.</param>
/// <param name="Resumed">Runs that an earlier process had finished.</param>
public sealed record SweepResult(SweepPlan Plan, IReadOnlyList<SweepRow> Rows, bool IsComplete, long Resumed);

/// <summary>Runs a sweep on several threads.</summary>
/// <remarks>Workers take runs from a bounded channel and give rows to another; one coordinator deals out runs, keeps
/// the journal and applies the stop rule. A row depends on its run alone and the result is ordered by run, so threads
/// and interruptions leave no trace in it.</remarks>
public static class SweepRunner
{
    /// <summary>Runs what is missing.</summary>
    /// <param name="plan">Plan.</param>
    /// <param name="journal">Finished runs; receives each new one as soon as it is finished.</param>
    /// <param name="shard">Part of the plan.</param>
    /// <param name="threads">Runs at a time, at least 1.</param>
    /// <param name="progress">Hears of progress from several threads, one at a time; null = nobody.</param>
    /// <param name="cancellation">Stops: runs under way are thrown away, finished ones are in the journal.</param>
    public static SweepResult Run(
        SweepPlan plan, IRunJournal journal, SweepShard shard, int threads, Action<SweepProgress>? progress,
        CancellationToken cancellation)
    {
        var schedule = new SweepSchedule(plan, shard, journal.Rows);
        long resumed = schedule.Done;
        var session = new Session(plan, journal, schedule, Math.Max(1, threads), new Meter(schedule, progress));
        session.RunAsync(cancellation).GetAwaiter().GetResult();
        return new SweepResult(plan, schedule.Rows, schedule.IsComplete, resumed);
    }

    /// <summary>Puts the rows of all shards together.</summary>
    /// <param name="plan">Plan.</param>
    /// <param name="rows">Rows, each run once.</param>
    /// <param name="missing">The first run that is missing; null when the result is complete.</param>
    public static SweepResult Merge(
        SweepPlan plan, IReadOnlyList<SweepRow> rows, out (int Point, int Replication)? missing)
    {
        var schedule = new SweepSchedule(plan, SweepShard.All, rows);
        missing = schedule.FirstMissing;
        return new SweepResult(plan, schedule.Rows, schedule.IsComplete, schedule.Done);
    }

    private readonly record struct Outcome(SweepRow? Row, Exception? Failure);

    private sealed class Session(
        SweepPlan plan, IRunJournal journal, SweepSchedule schedule, int threads, Meter meter)
    {
        private readonly Channel<(int Point, int Replication)> _runs =
            Channel.CreateBounded<(int, int)>(new BoundedChannelOptions(2 * threads) { SingleWriter = true });

        private readonly Channel<Outcome> _outcomes =
            Channel.CreateBounded<Outcome>(new BoundedChannelOptions(2 * threads) { SingleReader = true });

        public async Task RunAsync(CancellationToken cancellation)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task[] workers = Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
                () => WorkAsync(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap()).ToArray();
            Exception? failure = null;
            int underWay = 0;
            while (true)
            {
                while (!stop.IsCancellationRequested && underWay < 2 * threads
                    && schedule.TryNext(out (int Point, int Replication) run))
                {
                    await _runs.Writer.WriteAsync(run, CancellationToken.None);
                    underWay++;
                }

                if (underWay == 0)
                {
                    break;
                }

                Outcome outcome = await _outcomes.Reader.ReadAsync(CancellationToken.None);
                underWay--;
                if (outcome.Row is { } row)
                {
                    journal.Append(row);
                    meter.Accept(row);
                }
                else if (outcome.Failure is not null)
                {
                    failure ??= outcome.Failure;
                    await stop.CancelAsync();
                }
            }

            _runs.Writer.Complete();
            await Task.WhenAll(workers);
            if (failure is not null)
            {
                throw new InvalidOperationException("a run of the sweep failed: " + failure.Message, failure);
            }
        }

        private async Task WorkAsync(CancellationToken cancellation)
        {
            await foreach ((int point, int replication) in _runs.Reader.ReadAllAsync(CancellationToken.None))
            {
                await _outcomes.Writer.WriteAsync(
                    Simulate(point, replication, cancellation), CancellationToken.None);
            }
        }

        private Outcome Simulate(int point, int replication, CancellationToken cancellation)
        {
            if (cancellation.IsCancellationRequested)
            {
                return default;
            }

            try
            {
                SweepPoint p = plan.Points[point];
                long run = plan.RunOf(point, replication);
                RunResult result = p.Prepared.Simulate(replication, plan.ReplicationsMost,
                    (nowNs, requests) => meter.Report(run, (double)nowNs / p.Prepared.Document.DurationNs, requests),
                    cancellation);
                return result.Verdict == Verdict.Interrupted ? default : new(SweepRow.Of(plan, p, result), null);
            }
            catch (Exception e)
            {
                return new(null, e);
            }
        }
    }

    /// <summary>Adds up progress; safe from several threads.</summary>
    private sealed class Meter(SweepSchedule schedule, Action<SweepProgress>? progress)
    {
        private readonly Lock _lock = new();
        private readonly SortedDictionary<long, (double Fraction, long Requests)> _underWay = [];
        private readonly long _resumed = schedule.Done;
        private long _requests;

        public void Accept(SweepRow row)
        {
            lock (_lock)
            {
                schedule.Accept(row);
                _underWay.Remove(schedule.NumberOf(row));
                _requests += row.Requests;
                Tell();
            }
        }

        public void Report(long run, double fraction, long requests)
        {
            if (progress is null)
            {
                return;
            }

            lock (_lock)
            {
                _underWay[run] = (Math.Min(fraction, 1), requests);
                Tell();
            }
        }

        private void Tell()
        {
            double done = schedule.Done + _underWay.Values.Sum(static u => u.Fraction);
            progress?.Invoke(new SweepProgress(
                schedule.Done, _resumed, schedule.Planned, schedule.Planned == 0 ? 1 : done / schedule.Planned,
                _requests + _underWay.Values.Sum(static u => u.Requests)));
        }
    }
}
