using System.Runtime.CompilerServices;

namespace Sim.World;

/// <summary>What became of a job that came to a server.</summary>
public enum ServerAdmission
{
    /// <summary>It took a worker: its service begins now.</summary>
    Started,

    /// <summary>It waits for a worker.</summary>
    Waiting,

    /// <summary>All workers and all places are taken.</summary>
    Refused,
}

/// <summary>Workers of a server and the line before them: first come, first served, with a limited number of places.
/// </summary>
/// <remarks>
/// The general form: the caller schedules the end of each service, so service times may depend on anything, workers may
/// be held by calls, and jobs may leave the line early. Where none of this is so, <see cref="FusedServerQueue"/> gives
/// the same departures without an event for the beginning of a service. Kendall's A/B/c/K with K = workers + places.
/// </remarks>
public sealed class ServerQueue
{
    private readonly int _workers;
    private readonly int _places;
    private Entry[] _ring = new Entry[16];
    private long _head;
    private long _tail;

    /// <summary>An idle server.</summary>
    /// <param name="workers">Jobs worked on at a time; 0 = no limit.</param>
    /// <param name="places">Jobs that may wait, at least 0.</param>
    public ServerQueue(int workers, int places = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(workers);
        ArgumentOutOfRangeException.ThrowIfNegative(places);
        _workers = workers == 0 ? int.MaxValue : workers;
        _places = places;
    }

    /// <summary>Workers in use.</summary>
    public int Busy { get; private set; }

    /// <summary>Jobs that wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>A job arrives.</summary>
    /// <param name="job">What the caller knows it by.</param>
    /// <param name="ticket">Names the job's place for <see cref="Abandon"/>; -1 when it does not wait.</param>
    public ServerAdmission Offer(int job, out long ticket)
    {
        ticket = -1;
        if (Busy < _workers)
        {
            Busy++;
            return ServerAdmission.Started;
        }

        if (Waiting >= _places)
        {
            return ServerAdmission.Refused;
        }

        if (_tail - _head == _ring.Length)
        {
            Grow();
        }

        ticket = _tail++;
        _ring[(int)ticket & (_ring.Length - 1)] = new Entry { Job = job, IsWaiting = true };
        Waiting++;
        return ServerAdmission.Waiting;
    }

    /// <summary>A job leaves the line before its service: its place is free.</summary>
    /// <exception cref="InvalidOperationException">It does not wait any more.</exception>
    public void Abandon(long ticket)
    {
        if (ticket < _head || ticket >= _tail || !_ring[(int)ticket & (_ring.Length - 1)].IsWaiting)
        {
            throw new InvalidOperationException("the job does not wait");
        }

        _ring[(int)ticket & (_ring.Length - 1)].IsWaiting = false;
        Waiting--;
    }

    /// <summary>A worker ends its job. The job that waited longest takes the worker at once.</summary>
    /// <param name="next">That job; -1 when none waits.</param>
    /// <returns>True when a job begins its service.</returns>
    public bool Release(out int next)
    {
        if (Busy == 0)
        {
            throw new InvalidOperationException("no worker is busy");
        }

        while (_head < _tail)
        {
            ref readonly Entry entry = ref _ring[(int)_head++ & (_ring.Length - 1)];
            if (entry.IsWaiting)
            {
                next = entry.Job;
                Waiting--;
                return true;
            }
        }

        Busy--;
        next = -1;
        return false;
    }

    /// <summary>The server is gone with everything in it.</summary>
    public void Clear()
    {
        _head = _tail;
        Busy = 0;
        Waiting = 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        Entry[] larger = new Entry[2 * _ring.Length];
        for (long i = _head; i < _tail; i++)
        {
            larger[(int)i & (larger.Length - 1)] = _ring[(int)i & (_ring.Length - 1)];
        }

        _ring = larger;
    }

    private struct Entry
    {
        public int Job;
        public bool IsWaiting;
    }
}
