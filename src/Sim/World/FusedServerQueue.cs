using System.Runtime.CompilerServices;
using Sim.Core;

namespace Sim.World;

/// <summary>A server whose departures are known on arrival: one event a job instead of two.</summary>
/// <remarks>
/// Exact where service is first come, first served, its time depends on nothing that happens later, and nobody leaves
/// early: then a job begins when the earliest worker is free (Kiefer and Wolfowitz 1955; Lindley 1952 for one worker).
/// Services begin in order of arrival, so the service times are drawn in the same order as by <see
/// cref="ServerQueue"/>, and both give the same departures to the nanosecond. At equal times a departure comes before
/// an arrival.
/// </remarks>
public sealed class FusedServerQueue
{
    /// <summary>Returned for a job that found no place.</summary>
    public const long Refused = -1;

    private readonly long[] _freeNs;
    private readonly int _places;
    private long[] _beginsNs = new long[16];
    private long _head;
    private long _tail;
    private long _lastArrivalNs;

    /// <summary>An idle server.</summary>
    /// <param name="workers">Jobs worked on at a time; 0 = no limit.</param>
    /// <param name="places">Jobs that may wait, at least 0.</param>
    public FusedServerQueue(int workers, int places = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(workers);
        ArgumentOutOfRangeException.ThrowIfNegative(places);
        _freeNs = new long[workers];
        _places = places;
    }

    /// <summary>A job arrives.</summary>
    /// <param name="nowNs">Now; not before the arrival before it.</param>
    /// <param name="service">Law of the service time; drawn from when the job is admitted.</param>
    /// <param name="stream">Draws of service times.</param>
    /// <returns>When the job departs, or <see cref="Refused"/>.</returns>
    public long ArriveNs(long nowNs, Distribution service, RngStream stream)
    {
        if (nowNs < _lastArrivalNs)
        {
            ThrowOrder();
        }

        _lastArrivalNs = nowNs;
        if (_freeNs.Length == 0)
        {
            return nowNs + service.SampleNs(stream);
        }

        long begin = _freeNs[0];
        if (begin <= nowNs)
        {
            begin = nowNs;
        }
        else if (_places != int.MaxValue && !TryWait(nowNs, begin))
        {
            return Refused;
        }

        long end = begin + service.SampleNs(stream);
        ReplaceEarliest(end);
        return end;
    }

    /// <summary>Takes a place until the begin of service. Begins never decrease, so those that are past are at the
    /// head.
    /// </summary>
    private bool TryWait(long nowNs, long beginNs)
    {
        while (_head < _tail && _beginsNs[(int)_head & (_beginsNs.Length - 1)] <= nowNs)
        {
            _head++;
        }

        if (_tail - _head >= _places)
        {
            return false;
        }

        if (_tail - _head == _beginsNs.Length)
        {
            Grow();
        }

        _beginsNs[(int)_tail++ & (_beginsNs.Length - 1)] = beginNs;
        return true;
    }

    /// <summary>The worker that was free first is now free at a later time: down the heap.</summary>
    private void ReplaceEarliest(long endNs)
    {
        long[] free = _freeNs;
        int i = 0;
        while (true)
        {
            int child = (2 * i) + 1;
            if (child >= free.Length)
            {
                break;
            }

            if (child + 1 < free.Length && free[child + 1] < free[child])
            {
                child++;
            }

            if (free[child] >= endNs)
            {
                break;
            }

            free[i] = free[child];
            i = child;
        }

        free[i] = endNs;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        long[] larger = new long[2 * _beginsNs.Length];
        for (long i = _head; i < _tail; i++)
        {
            larger[(int)i & (larger.Length - 1)] = _beginsNs[(int)i & (_beginsNs.Length - 1)];
        }

        _beginsNs = larger;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowOrder() => throw new InvalidOperationException("arrivals come in order of time");
}
