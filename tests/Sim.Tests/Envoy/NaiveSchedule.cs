namespace Sim.Tests.Envoy;

/// <summary>Earliest deadline first, kept as a list: as the page on load balancing says it in 5.2.</summary>
internal sealed class NaiveSchedule
{
    private readonly List<(double Deadline, ulong Order, int Entry)> _entries = [];
    private readonly Func<int, double> _weight;
    private double _now;
    private ulong _next;

    /// <summary>The schedule after a number of picks.</summary>
    public NaiveSchedule(int count, Func<int, double> weight, ulong picks)
    {
        _weight = weight;
        double wanted = (uint)picks % 429_496_729u;
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += weight(i) + 1e-13;
        }

        double made = 0;
        for (int i = 0; i < count; i++)
        {
            double a = weight(i) + 1e-13;
            double floor = Math.Floor(a * wanted / sum);
            floor -= floor > 0 && floor / a >= wanted / sum ? 1 : 0;
            _entries.Add(((floor + 1) / a, _next++, i));
            _now = Math.Max(_now, floor / a);
            made += floor;
        }

        for (; made < wanted; made++)
        {
            Pick();
        }
    }

    /// <summary>The next entry.</summary>
    public int Pick()
    {
        (double Deadline, ulong Order, int Entry) top = _entries.OrderBy(static e => e.Deadline)
            .ThenBy(static e => e.Order).First();
        _entries.Remove(top);
        _now = top.Deadline;
        _entries.Add((_now + (1.0 / _weight(top.Entry)), _next++, top.Entry));
        return top.Entry;
    }
}
