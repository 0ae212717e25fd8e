using System.Threading.Channels;

namespace Sim.Experiments;

/// <summary>Independent pieces of work on several threads, results in order.</summary>
internal static class OrderedWork
{
    /// <summary>Does pieces 0 to count - 1.</summary>
    /// <param name="count">Number of pieces.</param>
    /// <param name="threads">Threads, at least 1.</param>
    /// <param name="make">Does one piece.</param>
    /// <param name="progress">Hears of progress, one call at a time; null = nobody.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static WindowCounts[] Run(
        int count, int threads, Func<int, WindowCounts> make, Action<SweepProgress>? progress,
        CancellationToken cancellation)
    {
        var results = new WindowCounts[count];
        var tasks = Channel.CreateBounded<int>(2 * threads);
        var gate = new Lock();
        int done = 0;
        long requests = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        async Task WorkAsync()
        {
            await foreach (int i in tasks.Reader.ReadAllAsync(stop.Token))
            {
                try
                {
                    results[i] = make(i);
                }
                catch
                {
                    await stop.CancelAsync();
                    throw;
                }

                lock (gate)
                {
                    requests += results[i].Requests;
                    progress?.Invoke(new SweepProgress(++done, 0, count, (double)done / count, requests));
                }
            }
        }

        async Task FeedAsync()
        {
            for (int i = 0; i < count; i++)
            {
                await tasks.Writer.WriteAsync(i, stop.Token);
            }

            tasks.Writer.Complete();
        }

        Task[] workers = Enumerable.Range(0, Math.Max(1, threads)).Select(_ => Task.Factory.StartNew(
            WorkAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap())
            .ToArray();
        Task all = Task.WhenAll([FeedAsync(), .. workers]);
        try
        {
            all.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            // The cause, when it was a failure and not the caller's wish.
            Exception? failure = all.Exception?.InnerExceptions.FirstOrDefault()
                ?? workers.FirstOrDefault(static w => w.IsFaulted)?.Exception?.InnerException;
            if (failure is null)
            {
                throw;
            }

            throw new InvalidOperationException("a window failed: " + failure.Message, failure);
        }

        return results;
    }
}
