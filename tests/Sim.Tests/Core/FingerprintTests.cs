using Sim.Core;

namespace Sim.Tests.Core;

internal sealed class FingerprintTests
{
    private static Fingerprint Of(params long[] values)
    {
        Fingerprint f = default;
        foreach (long v in values)
        {
            f.Add(v);
        }

        return f;
    }

    [Test]
    public void Order_count_and_value_matter()
    {
        Fingerprint[] all = [Of(), Of(0), Of(0, 0), Of(1, 2), Of(2, 1), Of(1), Of(2), Of(1, 2, 0), Of(-1)];
        Assert.That(all.Select(static f => f.Value), Is.Unique);
        Fingerprint again = Of(1, 2);
        Assert.That(again, Is.EqualTo(all[3]));
        Assert.That(again == all[3], Is.True);
        Assert.That(Of(1, 2) != Of(2, 1), Is.True);
    }

    [Test]
    public void Texts_are_hashed_by_content()
    {
        Fingerprint a = default;
        Fingerprint b = default;
        a.Add("us-east");
        b.Add(string.Concat("us-", "east"));
        Assert.That(a, Is.EqualTo(b));
        b.Add("");
        Assert.That(a, Is.Not.EqualTo(b));
    }

    [Test]
    public void ToString_is_16_digits() => Assert.That(Of(7).ToString(), Does.Match("^[0-9a-f]{16}$"));

    /// <summary>100,000 histories that differ in one place: a collision has probability 3e-10.</summary>
    [Test]
    public void Small_differences_do_not_collide()
    {
        HashSet<ulong> seen = [];
        for (int i = 0; i < 100_000; i++)
        {
            Assert.That(seen.Add(Of(5, i, 9).Value), Is.True);
        }
    }
}
