using System.Text.Json;
using Sim.Bench.Operations;

namespace Sim.Tests.Bench;

/// <summary>Bytes that the operations of the benchmarks allocate, against bench/budgets.json.</summary>
[TestFixture]
internal sealed class BudgetTests
{
    private const int Count = 100_000;

    private static IEnumerable<TestCaseData> Operations() => OperationList.Names.Select(static n =>
    {
        TestCaseData data = new TestCaseData(n).SetName("Bytes_of_" + n.Replace(' ', '_').Replace('/', '_'));

        // The warm-up of many endpoints takes long.
        return n.EndsWith("000", StringComparison.Ordinal) ? data.SetCategory("Long") : data;
    });

    [TestCaseSource(nameof(Operations))]
    public void Bytes_of(string name)
    {
        Operation operation = OperationList.Make(name);
        operation.Run(operation.WarmUp);
        operation.Run(Count);
        long before = GC.GetAllocatedBytesForCurrentThread();
        operation.Run(Count);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(bytes, Is.LessThanOrEqualTo(Budgets()[name]));
    }

    [Test]
    public void Budgets_NameEveryOperationAndNoOther() =>
        Assert.That(Budgets().Keys, Is.EquivalentTo(OperationList.Names));

    private static Dictionary<string, long> Budgets()
    {
        using JsonDocument document = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(RepositoryPaths.Root, "bench", "budgets.json")));
        return document.RootElement.GetProperty("operations").EnumerateObject()
            .ToDictionary(static p => p.Name, static p => p.Value.GetProperty("bytes").GetInt64());
    }
}
