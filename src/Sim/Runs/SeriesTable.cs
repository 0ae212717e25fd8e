using Sim.Core;

namespace Sim.Runs;

/// <summary>Counts of the entry traffic by bin and outcome, in memory bounded by the number of distinct outcomes.
/// </summary>
/// <remarks>A key packs small interned ids into 64 bits; a count is one dictionary look-up, without allocation once
/// the key exists.</remarks>
internal sealed class SeriesTable
{
    private readonly Dictionary<(ulong Key, int Bin), long> _counts = [];
    private readonly long _binNs;

    public SeriesTable(long binNs) => _binNs = binNs;

    /// <summary>Adds one request.</summary>
    public void Add(int traffic, int clientPlace, int servedPlace, int code, int flags, Disposition disposition,
        long startNs)
    {
        ulong key = (uint)traffic;
        key = (key << 10) | (uint)clientPlace;
        key = (key << 10) | (uint)(servedPlace + 1);
        key = (key << 10) | (uint)code;
        key = (key << 10) | (uint)flags;
        key = (key << 5) | (uint)disposition;
        int bin = (int)(startNs / _binNs);
        ref long count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(
            _counts, (key, bin), out _);
        count++;
    }

    /// <summary>All counts, sorted by bin, then key.</summary>
    public IEnumerable<(int Bin, int Traffic, int ClientPlace, int ServedPlace, int Code, int Flags,
        Disposition Disposition, long Count)> Rows()
    {
        foreach (KeyValuePair<(ulong Key, int Bin), long> e in
                 _counts.OrderBy(static e => e.Key.Bin).ThenBy(static e => e.Key.Key))
        {
            ulong k = e.Key.Key;
            yield return (e.Key.Bin, (int)(k >> 45), (int)((k >> 35) & 1023), (int)((k >> 25) & 1023) - 1,
                (int)((k >> 15) & 1023), (int)((k >> 5) & 1023), (Disposition)(k & 31), e.Value);
        }
    }
}

/// <summary>Gives texts small numbers in order of first appearance.</summary>
internal sealed class Interner
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<string> _texts = [];

    /// <summary>Id of a text.</summary>
    public int IdOf(string text)
    {
        if (!_ids.TryGetValue(text, out int id))
        {
            id = _texts.Count;
            _ids.Add(text, id);
            _texts.Add(text);
        }

        return id;
    }

    /// <summary>Text of an id.</summary>
    public string this[int id] => _texts[id];
}
