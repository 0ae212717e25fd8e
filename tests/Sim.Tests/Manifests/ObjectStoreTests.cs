using Sim.Core;
using Sim.Manifests;

namespace Sim.Tests.Manifests;

internal sealed class ObjectStoreTests
{
    private const string Rule = """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: dr, namespace: bank}
        spec:
          host: account-service
          trafficPolicy:
            localityLbSetting: {enabled: true}
            outlierDetection: {consecutiveErrors: 3}
        """;

    private static ManifestSet Load(AdmissionMode mode, string text, out DiagnosticBag bag,
        IstioProfile profile = IstioProfile.V1_29)
    {
        bag = new DiagnosticBag();
        return ManifestLoader.Load([("a.yaml", text)], mode, profile, bag);
    }

    [Test]
    public void Load_unknown_field_strict_is_refused_with_the_right_place()
    {
        ManifestSet set = Load(AdmissionMode.Strict, Rule, out DiagnosticBag bag);

        Diagnostic d = bag.Items.First(x => x.Code == "MS0103");
        Assert.Multiple(() =>
        {
            Assert.That(set.Objects, Is.Empty);
            Assert.That(d.Message, Is.EqualTo("unknown field \"spec.trafficPolicy.localityLbSetting\""));
            Assert.That(d.Severity, Is.EqualTo(Severity.Error));
            Assert.That(d.Span, Is.EqualTo(new SourceSpan("a.yaml", 7, 5)));
            Assert.That(d.Hint, Is.EqualTo("it belongs under spec.trafficPolicy.loadBalancer"));
            Assert.That(d.Resource, Is.EqualTo("DestinationRule bank/dr"));
        });
    }

    [TestCase(AdmissionMode.Warn)]
    [TestCase(AdmissionMode.Lax)]
    public void Load_unknown_field_otherwise_is_pruned(AdmissionMode mode)
    {
        ManifestSet set = Load(mode, Rule, out DiagnosticBag bag);

        Assert.Multiple(() =>
        {
            Assert.That(bag.HasErrors, Is.False);
            Assert.That(set.Of<DestinationRule>().Single().Node["spec"]!, Is.InstanceOf<YamlMapping>());
            Assert.That(JsonText.Of(set.Objects[0].Node), Does.Not.Contain("localityLbSetting"));
            Assert.That(bag.Items.Select(d => d.Code), Does.Contain("MS0103").And.Contain("IST0133"));
        });
    }

    [Test]
    public void Load_field_of_a_later_release_depends_on_the_profile()
    {
        const string text = """
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: dr}
            spec: {host: a, trafficPolicy: {retryBudget: {percent: 20}}}
            """;

        Load(AdmissionMode.Strict, text, out DiagnosticBag old, IstioProfile.V1_22);
        Load(AdmissionMode.Strict, text, out DiagnosticBag present);

        Assert.Multiple(() =>
        {
            Assert.That(old.Items[0].Message, Is.EqualTo("unknown field \"spec.trafficPolicy.retryBudget\""));
            Assert.That(present.Items, Is.Empty);
        });
    }

    [Test]
    public void Apply_into_an_unknown_namespace_is_refused()
    {
        var store = new ObjectStore(AdmissionMode.Strict, IstioProfile.V1_29);
        var bag = new DiagnosticBag();

        IReadOnlyList<ApplyResult> results =
            store.Apply("a.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: nowhere}}", bag);

        Assert.Multiple(() =>
        {
            Assert.That(results.Single().Action, Is.EqualTo(ApplyAction.Refused));
            Assert.That(bag.Items.Single().Message, Is.EqualTo("namespaces \"nowhere\" not found"));
        });
    }

    [Test]
    public void Apply_with_a_namespace_places_what_states_none_and_refuses_another()
    {
        var store = new ObjectStore(AdmissionMode.Strict, IstioProfile.V1_29);
        var bag = new DiagnosticBag();
        store.Apply("n.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}", bag, "shop");
        const string Text = """
            {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: other}}
            """;
        ApplyAction[] actions = [.. store.Apply("c.yaml", Text, bag, "shop").Select(static r => r.Action)];
        Assert.That(actions, Is.EqualTo(new[] { ApplyAction.Created, ApplyAction.Refused }));
        Assert.That(store.Find("", "ConfigMap", "shop", "a"), Is.Not.Null);
        Assert.That(bag.Items.Single().Message, Does.StartWith(
            "the namespace from the provided object \"other\" does not match the namespace \"shop\""));
    }

    [Test]
    public void Load_repeated_key_keeps_the_last_value_with_a_finding()
    {
        ManifestSet set = Load(AdmissionMode.Strict,
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports: [{port: 1}]\n  ports: [{port: 2}]\n",
            out DiagnosticBag bag);

        Assert.Multiple(() =>
        {
            Assert.That(set.Of<Service>().Single().Spec!.Ports[0].Port!.Value, Is.EqualTo(2));
            Assert.That(bag.Items.Single().Code, Is.EqualTo("MS0003"));
        });
    }

    [Test]
    public void Delete_then_apply_creates_again()
    {
        var store = new ObjectStore(AdmissionMode.Strict, IstioProfile.V1_29);
        var bag = new DiagnosticBag();
        const string text = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}";
        store.Apply("a.yaml", text, bag);
        store.Apply("a.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}", bag);

        bool isDeleted = store.Remove("", "ConfigMap", "default", "a");
        bool isDeletedTwice = store.Remove("", "ConfigMap", "default", "a");

        Assert.Multiple(() =>
        {
            Assert.That(isDeleted, Is.True);
            Assert.That(isDeletedTwice, Is.False);
            Assert.That(store.Find("", "ConfigMap", "default", "b"), Is.Not.Null);
            Assert.That(store.Apply("a.yaml", text, bag).Single().Action, Is.EqualTo(ApplyAction.Created));
        });
    }

    [Test]
    public void Replace_puts_an_object_that_a_later_apply_updates()
    {
        var store = new ObjectStore(AdmissionMode.Strict, IstioProfile.V1_29);
        var bag = new DiagnosticBag();
        store.Apply("a.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: one}}", bag);
        var other = new ObjectStore(AdmissionMode.Strict, IstioProfile.V1_29);

        other.Replace(store.Objects[0]);

        Assert.That(other.Apply("a.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: two}}", bag)
            .Single().Action, Is.EqualTo(ApplyAction.Configured));
    }

    [Test]
    public void Every_code_of_admission_is_in_the_catalogue() => Assert.That(
        new[] { "MS0001", "MS0002", "MS0003", "MS0101", "MS0102", "MS0103", "MS0104", "MS0106" }
            .Where(c => DiagnosticCatalogue.Find(c) is null), Is.Empty);

    [Test]
    public void Catalogue_codes_are_unique_and_ordered() => Assert.That(
        DiagnosticCatalogue.All.Select(d => d.Code),
            Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal).And.Unique);
}
