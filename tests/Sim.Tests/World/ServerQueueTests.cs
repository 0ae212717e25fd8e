using Sim.Core;
using Sim.World;

namespace Sim.Tests.World;

[TestFixture]
internal sealed class ServerQueueTests
{
    [Test]
    public void Queue_UnderRandomUse_AgreesWithAList()
    {
        var stream = RngStream.Create(1, 0, "server", "model");
        var queue = new ServerQueue(3, 40);
        List<(int Job, long Ticket)> line = [];
        int busy = 0;
        for (int i = 0; i < 200_000; i++)
        {
            uint what = stream.NextBelow(10);
            if (what < 5)
            {
                ServerAdmission expected = busy < 3 ? ServerAdmission.Started
                    : line.Count < 40 ? ServerAdmission.Waiting : ServerAdmission.Refused;
                Assert.That(queue.Offer(i, out long ticket), Is.EqualTo(expected));
                busy += expected == ServerAdmission.Started ? 1 : 0;
                if (expected == ServerAdmission.Waiting)
                {
                    line.Add((i, ticket));
                }
            }
            else if (what < 6 && line.Count > 0)
            {
                int at = (int)stream.NextBelow((uint)line.Count);
                queue.Abandon(line[at].Ticket);
                line.RemoveAt(at);
            }
            else if (busy > 0)
            {
                Assert.That(queue.Release(out int next), Is.EqualTo(line.Count > 0));
                Assert.That(next, Is.EqualTo(line.Count > 0 ? line[0].Job : -1));
                busy -= line.Count > 0 ? 0 : 1;
                line.RemoveRange(0, Math.Min(1, line.Count));
            }

            Assert.That((queue.Busy, queue.Waiting), Is.EqualTo((busy, line.Count)));
        }
    }

    [Test]
    public void Abandon_OfAJobThatDoesNotWait_Throws()
    {
        var queue = new ServerQueue(1);
        queue.Offer(1, out long started);
        queue.Offer(2, out long waiting);
        Assert.Throws<InvalidOperationException>(() => queue.Abandon(started));
        queue.Abandon(waiting);
        Assert.Throws<InvalidOperationException>(() => queue.Abandon(waiting));
        Assert.That(queue.Release(out int next), Is.False);
        Assert.That(next, Is.EqualTo(-1));
        Assert.Throws<InvalidOperationException>(() => queue.Release(out _));
    }

    [Test]
    public void Clear_EmptiesTheServer()
    {
        var queue = new ServerQueue(1, 1);
        queue.Offer(1, out _);
        queue.Offer(2, out long ticket);
        queue.Clear();
        Assert.That((queue.Busy, queue.Waiting), Is.EqualTo((0, 0)));
        Assert.Throws<InvalidOperationException>(() => queue.Abandon(ticket));
        Assert.That(queue.Offer(3, out _), Is.EqualTo(ServerAdmission.Started));
    }

    [Test]
    public void FusedArrival_BeforeTheOneBefore_Throws()
    {
        var queue = new FusedServerQueue(1);
        queue.ArriveNs(10, Distribution.Constant(1), new RngStream(1));
        Assert.Throws<InvalidOperationException>(() => queue.ArriveNs(9, Distribution.Constant(1), new RngStream(1)));
    }
}
