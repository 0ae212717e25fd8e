namespace Sim.Engine;

/// <summary>Knows which deadlines still matter. A struct, so that it is asked by a direct call.</summary>
public interface IDeadlineOwner
{
    /// <summary>What the deadline was set for still lives.</summary>
    /// <param name="slot">Index that it was set for.</param>
    /// <param name="life">Life of the index at that time.</param>
    bool IsAlive(int slot, uint life);
}
