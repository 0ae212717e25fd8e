namespace Sim.Experiments;

/// <summary>Which run comes next. Belongs to one thread; decides the same whatever the order in which runs finish.
/// </summary>
internal sealed class SweepSchedule
{
    private readonly SweepPlan _plan;
    private readonly SweepShard _shard;
    private readonly SortedDictionary<int, SweepRow>[] _rows;
    private readonly int[] _target;
    private readonly int[] _next;
    private int _turn;

    public SweepSchedule(SweepPlan plan, SweepShard shard, IReadOnlyList<SweepRow> known)
    {
        _plan = plan;
        _shard = shard;
        int points = plan.Points.Count;
        _rows = Enumerable.Range(0, points).Select(static _ => new SortedDictionary<int, SweepRow>()).ToArray();
        _next = new int[points];
        _target = new int[points];
        foreach (SweepRow row in known.Where(r => shard.Holds(plan, r.Point, r.Replication)))
        {
            _rows[row.Point][row.Replication] = row;
        }

        for (int p = 0; p < points; p++)
        {
            Done += _rows[p].Count;
            Plan(p, plan.Stop is { } stop ? Math.Min(stop.Least, plan.ReplicationsMost) : plan.ReplicationsMost);
            Look(p);
        }
    }

    /// <summary>Rows so far, by point and replication.</summary>
    public IReadOnlyList<SweepRow> Rows => _rows.SelectMany(static p => p.Values).ToList();

    /// <summary>Runs that are done, those of an earlier process included.</summary>
    public long Done { get; private set; }

    /// <summary>Runs that are planned at present, done ones included; a stop rule may add more.</summary>
    public long Planned { get; private set; }

    /// <summary>Whether every run that is needed is there.</summary>
    public bool IsComplete
    {
        get
        {
            for (int p = 0; p < _rows.Length; p++)
            {
                if (!IsFilled(p))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>The first run that is missing; null when none is.</summary>
    public (int Point, int Replication)? FirstMissing
    {
        get
        {
            for (int p = 0; p < _rows.Length; p++)
            {
                for (int r = 0; r < _target[p]; r++)
                {
                    if (_shard.Holds(_plan, p, r) && !_rows[p].ContainsKey(r))
                    {
                        return (p, r);
                    }
                }
            }

            return null;
        }
    }

    /// <summary>Number of a row's run.</summary>
    public long NumberOf(SweepRow row) => _plan.RunOf(row.Point, row.Replication);

    /// <summary>Takes the next run to be made: replication by replication over all points.</summary>
    public bool TryNext(out (int Point, int Replication) run)
    {
        while (true)
        {
            int point = -1;
            for (int i = 0; i < _next.Length; i++)
            {
                int p = (_turn + i) % _next.Length;
                if (_next[p] < _target[p] && (point < 0 || _next[p] < _next[point]))
                {
                    point = p;
                }
            }

            if (point < 0)
            {
                run = default;
                return false;
            }

            _turn = point;
            int replication = _next[point]++;
            if (_shard.Holds(_plan, point, replication) && !_rows[point].ContainsKey(replication))
            {
                run = (point, replication);
                return true;
            }
        }
    }

    /// <summary>Takes in a finished run; may plan more.</summary>
    public void Accept(SweepRow row)
    {
        _rows[row.Point][row.Replication] = row;
        Done++;
        Look(row.Point);
    }

    /// <summary>Applies the stop rule as often as the point's rows allow.</summary>
    private void Look(int point)
    {
        while (_plan.Stop is { } stop && _shard.Holds(_plan, point, 0) && _target[point] < _plan.ReplicationsMost
            && IsFilled(point))
        {
            List<double> values = _rows[point].Values.Take(_target[point]).Select(r => r.Values[stop.Measure]).ToList();
            if (stop.IsMet(values, _plan.Confidence))
            {
                return;
            }

            Plan(point, Math.Min(_target[point] + stop.Batch, _plan.ReplicationsMost));
        }
    }

    private bool IsFilled(int point)
    {
        for (int r = 0; r < _target[point]; r++)
        {
            if (_shard.Holds(_plan, point, r) && !_rows[point].ContainsKey(r))
            {
                return false;
            }
        }

        return true;
    }

    private void Plan(int point, int target)
    {
        for (int r = _target[point]; r < target; r++)
        {
            Planned += _shard.Holds(_plan, point, r) ? 1 : 0;
        }

        _target[point] = target;
    }
}
