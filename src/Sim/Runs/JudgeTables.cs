using System.Runtime.CompilerServices;
using Sim.Core;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>One <see cref="JudgeTable"/> for all listeners that were given the same filters. A table lives as long as
/// its rules.</summary>
/// <param name="profile">Release of the data plane.</param>
internal sealed class JudgeTables(IstioProfile profile)
{
    private readonly ConditionalWeakTable<IReadOnlyList<RbacRules>, List<(InboundListener Of, JudgeTable Table)>>
        _byRules = [];

    /// <summary>The filters of a listener; null when it asks nobody.</summary>
    /// <param name="listener">Configuration.</param>
    /// <param name="isTcp">The port passes bytes on.</param>
    public JudgeTable? Of(InboundListener listener, bool isTcp)
    {
        IReadOnlyList<RbacRules> rules = isTcp ? listener.TcpRbac : listener.HttpRbac;
        if (rules.Count == 0 && (isTcp || listener.TokenIssuers.Count == 0))
        {
            return null;
        }

        List<(InboundListener Of, JudgeTable Table)> tables = _byRules.GetOrCreateValue(rules);
        foreach ((InboundListener of, JudgeTable table) in tables)
        {
            if (table.IsTcp == isTcp && (isTcp || (ReferenceEquals(of.TokenIssuers, listener.TokenIssuers)
                && of.PathNormalization == listener.PathNormalization)))
            {
                return table;
            }
        }

        var made = new JudgeTable(listener, isTcp, profile);
        tables.Add((listener, made));
        return made;
    }
}
