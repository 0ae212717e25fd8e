namespace Sim.Mesh;

/// <summary>A field of a custom resource that is accepted and does not shape simulated traffic.</summary>
/// <param name="Kind">Kind of the resource.</param>
/// <param name="Path">Path; <c>[]</c> = every item of a list, <c>{}</c> = every value of a map. All below it is
/// meant.</param>
/// <param name="Code">Diagnostic given where it is written; empty = none, because Istio itself gives it no effect on
/// traffic.</param>
/// <param name="Why">What is missing, or why nothing is.</param>
internal sealed record FieldTreatment(string Kind, string Path, string Code, string Why);
